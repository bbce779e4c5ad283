BeforeAll {
    . (Join-Path $PSScriptRoot 'common.ps1')
}

Describe 'Views' {
    BeforeAll {
        $state = New-StateDirectory
        # A name that would clear the screen and set the title, were it printed as it is.
        $evil = Join-Path $state "ev`e[2J`ail"
        Copy-Item -LiteralPath (Get-Command sleep -CommandType Application | Select-Object -First 1).Source -Destination $evil
        $zombie = New-Zombie -Child "'$evil' 0.1"
        $finding = Get-Zombie -Id $zombie.Pid -StateDirectory $state -MinAge 0
    }

    AfterAll {
        Remove-Parent
        Remove-Item -Recurse -Force $state
    }

    It 'have at most six columns in a table' {
        $table = $finding | Format-Table | Out-String -Width 200
        $header = ($table -replace '\e\[[0-9;]*m' -split "`n" | Where-Object { $_ -match '\S' })[0]
        $header.Trim() -split '\s+' | Should -Be @('Pid', 'Age', 'Cause', 'Verdict', 'Command', 'Owner')
        $table | Should -Match "\b$($zombie.Pid)\b.*ParentNotWaiting.*Zombie.*sleep \($($zombie.Parent)\)"
    }

    It 'let no control character of a name reach the terminal: <View>' -ForEach @(
        @{ View = 'Format-Table' }, @{ View = 'Format-List' }, @{ View = 'Format-List *' }, @{ View = 'Format-Wide Command' }
    ) {
        $finding.Target.Command | Should -Match "`e"
        $text = & ([scriptblock]::Create("`$args[0] | $View | Out-String -Width 300")) $finding
        $text | Should -Match 'ev\?\[2J\?il'
        $text.Contains("`e[2J") | Should -BeFalse
        $text.Contains("`a") | Should -BeFalse
    }

    It 'show evidence, owners and remedies in a list' {
        $text = $finding | Format-List | Out-String -Width 500
        $text | Should -Match 'Dead Threads: '
        $text | Should -Match "Parent sleep \($($zombie.Parent)\)"
        $text | Should -Match 'EndParent: '
        $text | Should -Match '-Remedy EndParent'
    }

    It 'show all of it with Format-List *' {
        $text = $finding | Format-List * | Out-String -Width 500
        foreach ($fact in $finding.Evidence) {
            $text.Contains("$fact") | Should -BeTrue
        }

        $text | Should -Match '-Remedy EndParent'
    }

    It 'have no colour of their own, and none at all with NO_COLOR' {
        $table = $finding | Format-Table | Out-String -Width 200
        # PowerShell colours the header; the rows are ours.
        ($table -split "`n" | Where-Object { $_ -match "ParentNotWaiting" }).Contains("`e") | Should -BeFalse
        $plain = Invoke-Child "Get-Zombie -StateDirectory '$state' -MinAge 0 | Format-Table; Get-Zombie -Id 4194303" -Environment @{ NO_COLOR = '1' }
        $plain.Output.Contains("`e") | Should -BeFalse
        $plain.Errors.Contains("`e") | Should -BeFalse
        $plain.Output | Should -Match 'ParentNotWaiting'
    }

    It 'show a result of clearing' {
        $result = $finding | Clear-ZombieState -WhatIf -PassThru -Remedy EndParent -StateDirectory $state -MinAge 0
        $text = $result | Format-Table | Out-String -Width 200
        $text | Should -Match 'EndParent\s+WouldClear\s+DryRun'
        $text.Contains("`e[2J") | Should -BeFalse
        ($result | Format-List | Out-String) | Should -Match 'WouldClear, DryRun'
    }
}
