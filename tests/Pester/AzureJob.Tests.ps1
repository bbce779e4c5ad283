BeforeAll {
    . (Join-Path $PSScriptRoot 'common.ps1')
    $root = (Resolve-Path (Join-Path $PSScriptRoot '..' '..')).Path
    $runbook = Join-Path $root 'deploy' 'azure' 'Invoke-PolicyJob.ps1'
    $moduleUnderTest = Join-Path (Get-Module ZombieOps).ModuleBase 'ZombieOps.psd1'

    # One job in a pwsh of its own that has what the stand-in gives it; gives status and streams.
    function Invoke-Job([hashtable] $Parameter, [hashtable] $Variable = @{}, [hashtable] $Asset = @{}, [hashtable] $Vault = @{}, [switch] $HybridWorker) {
        # A job has a directory for temporary files and nothing else; it is not one of the state directory's parents.
        $place = New-Item -ItemType Directory (Join-Path $jobs ([guid]::NewGuid().ToString('N')))
        $temporary = New-Item -ItemType Directory (Join-Path $place 'tmp')
        $job = Join-Path $place 'job.json'
        $result = Join-Path $place 'result.json'
        @{ parameters = $Parameter + @{ Module = $moduleUnderTest }; variables = $Variable; credentials = $Asset; vault = $Vault } | ConvertTo-Json -Depth 4 | Set-Content $job
        $start = [System.Diagnostics.ProcessStartInfo]::new((Join-Path $PSHOME 'pwsh'))
        foreach ($word in '-NoProfile', '-NonInteractive', '-File', (Join-Path $PSScriptRoot 'Fakes' 'FakeAutomationSandbox.ps1'), '-Runbook', $runbook, '-Job', $job, '-Result', $result) {
            $start.ArgumentList.Add($word)
        }

        if ($HybridWorker) {
            $start.ArgumentList.Add('-HybridWorker')
        }

        $start.Environment.Clear()
        $start.Environment['PATH'] = '/usr/bin:/bin'
        $start.Environment['TMPDIR'] = $temporary.FullName
        $child = Wait-Child $start

        # What goes past the streams would be lost in a real job.
        "$($child.Output)$($child.Errors)" | Should -BeNullOrEmpty
        $read = Get-Content -Raw $result | ConvertFrom-Json
        $read.output | Should -HaveCount 1
        $read.warnings | Should -BeNullOrEmpty
        $read.other | Should -BeNullOrEmpty
        $read.temporary | Should -BeNullOrEmpty
        $read | Add-Member Summary ($read.output[0] | ConvertFrom-Json)
        $read | Add-Member Text (Get-Content -Raw $result)
        $read
    }

    function Get-PolicyText([int] $ProcessId, [string] $StateDirectory) {
        "schema: zombieops-policy/1`nname: azure`nstate: $StateDirectory`nsources:`n  - source: process`n    where: {pid: $ProcessId}`n    allow: continue`n    limits: {min-age: 0, max-share: 1, watch: 0}`n"
    }
}

Describe 'Invoke-PolicyJob' {
    BeforeEach {
        $jobs = New-StateDirectory
        $state = New-StateDirectory
        $policy = Join-Path $jobs 'policy.yaml'
    }

    AfterEach {
        Remove-Parent
        Remove-Item -Recurse -Force $jobs, $state
    }

    It 'clears a real zombie on a hybrid worker whose state directory outlives the job' {
        $zombie = New-StoppedParentZombie
        Set-Content $policy (Get-PolicyText $zombie.Pid $state)
        $job = Invoke-Job @{ PolicyPath = $policy; Mode = 'Clear' } -HybridWorker
        $job.status | Should -Be 'Completed'
        $job.errors | Should -BeNullOrEmpty
        $job.Summary.exit | Should -Be 0
        $job.Summary.sources[0].cleared | Should -Be 1
        Test-ZombieThere $zombie.Pid | Should -BeFalse
        (Get-AuditRecord $state | Where-Object kind -eq 'Outcome').Count | Should -BeGreaterOrEqual 1
    }

    It 'scans by default, from the policy in an Automation variable, and writes nothing' {
        $zombie = New-StoppedParentZombie
        $job = Invoke-Job @{} -Variable @{ ZombieOpsPolicy = Get-PolicyText $zombie.Pid $state }
        $job.status | Should -Be 'Completed'
        $job.Summary.dryRun | Should -BeTrue
        $job.Summary.sources[0].wouldClear | Should -Be 1
        $job.calls | Should -Be 'Get-AutomationVariable ZombieOpsPolicy'
        Test-ZombieThere $zombie.Pid | Should -BeTrue
        Get-ChildItem $state | Should -BeNullOrEmpty
    }

    It 'refuses to clear where nothing outlives the job' -ForEach @(
        @{ Where = 'a directory that is not there'; Suffix = '/none' }
        @{ Where = 'the temporary directory of the job'; Suffix = '.' }
    ) {
        $zombie = New-StoppedParentZombie
        $at = $Suffix -eq '.' ? '.' : "$state$Suffix"
        $job = Invoke-Job @{ Mode = 'Clear' } -Variable @{ ZombieOpsPolicy = Get-PolicyText $zombie.Pid $at }
        $job.status | Should -Be 'Failed'
        $job.exception | Should -Be 'ZombieOps failed: exit 5 NoStateDirectory'
        $job.Summary.sources[0].failures[0].errorId | Should -Be 'NoStateDirectory'
        $job.errors[0] | Should -Match '^NoStateDirectory: '
        Test-ZombieThere $zombie.Pid | Should -BeTrue
        Get-ChildItem $state | Should -BeNullOrEmpty
    }

    It 'ends as Completed where zombies are left, and as Failed where a limit was crossed' {
        $zombie = New-StoppedParentZombie
        Set-Content $policy ((Get-PolicyText $zombie.Pid $state) -replace 'continue', 'nudge')
        $job = Invoke-Job @{ PolicyPath = $policy; Mode = 'Clear' } -HybridWorker
        $job.status | Should -Be 'Completed'
        $job.Summary.exit | Should -Be 1
        Set-Content $policy ((Get-PolicyText $zombie.Pid $state) -replace 'watch: 0', 'watch: 0, max-count: 0')
        $job = Invoke-Job @{ PolicyPath = $policy; Mode = 'Clear' } -HybridWorker
        $job.status | Should -Be 'Failed'
        $job.Summary.exitReason | Should -Be 'LimitCrossed'
        $job.errors[0] | Should -Match '^LimitCrossed: '
        Test-ZombieThere $zombie.Pid | Should -BeTrue
    }

    It 'says what is wrong with a policy, a variable or a credential that is not there' {
        (Invoke-Job @{} -Variable @{ ZombieOpsPolicy = 'schema: zombieops-policy/1' }).Summary.exitReason | Should -Be 'PolicyInvalid'
        $job = Invoke-Job @{}
        $job.status | Should -Be 'Failed'
        $job.Summary.failures[0].says | Should -Match 'ZombieOpsPolicy was not found'
        $job = Invoke-Job @{ AssetNames = 'A=none' } -Variable @{ ZombieOpsPolicy = Get-PolicyText 1 $state }
        $job.status | Should -Be 'Failed'
        $job.Summary.failures[0].says | Should -Match 'none was not found'
        # On a Linux hybrid worker there are no such functions.
        (Invoke-Job @{} -HybridWorker).Summary.exitReason | Should -Be 'CommandNotFoundException'
    }

    It 'signs in only to read a secret, and no secret gets out of the memory' {
        $secret = "hunter2-$([guid]::NewGuid().ToString('N'))"
        $other = "hunter3-$([guid]::NewGuid().ToString('N'))"
        $text = "schema: zombieops-policy/1`nsources:`n  - source: search`n    options: {url: 'http://127.0.0.1:1', user: u, password-env: ES_PASSWORD}`n"
        $job = Invoke-Job @{ KeyVault = 'v'; SecretNames = 'ES_PASSWORD=es, MORE=es'; AssetNames = 'OTHER=asset' } -Variable @{ ZombieOpsPolicy = $text } -Vault @{ 'v/es' = $secret } -Asset @{ asset = $other }
        $job.status | Should -Be 'Failed'
        # The password was found: without it the source says so before it asks the server.
        $job.Summary.exitReason | Should -Be 'ServerUnreachable'
        $job.calls | Should -Be 'Get-AutomationPSCredential asset', 'Disable-AzContextAutosave Process', 'Connect-AzAccount True', 'Get-AzKeyVaultSecret v es', 'Get-AzKeyVaultSecret v es', 'Get-AutomationVariable ZombieOpsPolicy'
        $job.Text | Should -Not -Match 'hunter'
        (Invoke-Job @{} -Variable @{ ZombieOpsPolicy = $text }).Summary.exitReason | Should -Not -Be 'ServerUnreachable'
    }

    It 'has help for every parameter, takes text only, and is what the template starts' {
        $command = Get-Command $runbook
        foreach ($parameter in $command.Parameters.Values | Where-Object Name -NotIn ([System.Management.Automation.PSCmdlet]::CommonParameters)) {
            $parameter.ParameterType | Should -Be ([string])
            ((Get-Help $runbook -Parameter $parameter.Name).description | Out-String).Trim() | Should -Not -BeNullOrEmpty -Because "-$($parameter.Name) is a parameter"
        }

        $passed = (Get-Content -Raw (Join-Path $root 'deploy' 'azure' 'main.json') | ConvertFrom-Json).variables.jobParameters
        $names = [regex]::Matches($passed, "createObject\('(\w+)'|, '(\w+)', format").ForEach({ "$($_.Groups[1])$($_.Groups[2])" })
        $names | Should -Be 'Mode', 'PolicyPath', 'StateDirectory', 'KeyVault', 'SecretNames'
        foreach ($name in $names) {
            $command.Parameters.Keys | Should -Contain $name
        }
    }
}
