BeforeAll {
    . (Join-Path $PSScriptRoot 'common.ps1')
    $docs = (Resolve-Path (Join-Path $PSScriptRoot '..' '..' 'docs' 'en-US')).Path
}

Describe 'Help of <_>' -ForEach 'Get-Zombie', 'Get-StaleExclusion', 'Clear-ZombieState', 'Get-ZombieStatus', 'Invoke-ZombiePolicy', 'Export-ZombieReport' {
    BeforeAll {
        $help = Get-Help $_ -Full
        $page = Get-Content -Raw (Join-Path $docs "$_.md")
    }

    It 'has synopsis, description and examples' {
        $help.Synopsis.Trim() | Should -Match '\.$'
        ($help.description | Out-String).Trim().Length | Should -BeGreaterThan 200
        @($help.examples.example).Count | Should -BeGreaterOrEqual 3
    }

    It 'says something of every parameter' {
        foreach ($parameter in (Get-Command $_).Parameters.Keys | Where-Object { $_ -notin [System.Management.Automation.PSCmdlet]::CommonParameters }) {
            ((Get-Help $help.Name -Parameter $parameter).description | Out-String).Trim() | Should -Not -BeNullOrEmpty -Because "-$parameter is a parameter"
        }
    }

    It 'has examples that PowerShell can read, with parameters that there are' {
        foreach ($example in $help.examples.example) {
            $problems = $null
            $tree = [System.Management.Automation.Language.Parser]::ParseInput($example.code, [ref] $null, [ref] $problems)
            $problems | Should -BeNullOrEmpty
            foreach ($command in $tree.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true)) {
                $known = Get-Command $command.GetCommandName()
                foreach ($used in $command.CommandElements | Where-Object { $_ -is [System.Management.Automation.Language.CommandParameterAst] }) {
                    { $known.ResolveParameter($used.ParameterName) } | Should -Not -Throw
                }
            }
        }
    }

    It 'names the defaults that the cmdlet has' {
        $limits = [ZombieOps.Clearing.ClearLimits]::new()
        if ($help.Name -eq 'Clear-ZombieState') {
            $page | Should -Match "$($limits.MaxCount) by default"
            $page | Should -Match "$($limits.MaxShare.ToString([cultureinfo]::InvariantCulture)) by default"
        }

        [ZombieOps.Clearing.ScanSettings]::new().MinAge | Should -Be ([TimeSpan]::FromMinutes(1))
        if ($help.Name -notin 'Get-ZombieStatus', 'Invoke-ZombiePolicy', 'Export-ZombieReport') {
            $page | Should -Match 'One minute by default'
        }
    }
}

Describe 'about_ZombieOps' {
    It 'can be read with Get-Help' {
        Get-Help about_ZombieOps | Out-String | Should -Match 'TOPIC\s+about_ZombieOps'
    }
}

Describe 'The examples of <_>, run as they stand' -ForEach 'Get-Zombie', 'Clear-ZombieState' {
    BeforeAll {
        $state = New-StateDirectory
        $zombie = New-Zombie
        # Nothing is cleared: they are run on the zombies of this machine, whoever they belong to.
        $before = '$WhatIfPreference = $true; $ErrorActionPreference = "Stop"; Import-Module ZombieOps; '
    }

    AfterAll {
        Remove-Parent
        Remove-Item -Recurse -Force $state
    }

    It 'end without an error' {
        $run = 0
        # A plan is made by the command line, and its example has tests with the other plans.
        foreach ($example in (Get-Help $_ -Examples).examples.example | Where-Object code -NotMatch '-Plan') {
            $code = $example.code -replace '\b4711\b', $zombie.Pid
            $child = Invoke-Child ($before + $code) -Environment @{ ZOMBIEOPS_STATE = $state }
            $child.ExitCode | Should -Be 0 -Because "$code printed: $($child.Output) $($child.Errors)"
            $child.Errors | Should -BeNullOrEmpty -Because $code
            $run++
        }

        $run | Should -BeGreaterOrEqual 4
        Get-Process -Id $zombie.Parent | Should -Not -BeNullOrEmpty
        Get-ZombieChild $zombie.Parent | Should -Be $zombie.Pid
    }
}
