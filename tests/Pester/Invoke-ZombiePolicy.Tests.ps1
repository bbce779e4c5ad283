BeforeAll {
    . (Join-Path $PSScriptRoot 'common.ps1')
}

Describe 'Invoke-ZombiePolicy' {
    BeforeEach {
        $state = New-StateDirectory
        $policy = Join-Path $state 'policy.yaml'
        function Set-Policy([int] $ProcessId, [string] $More = '') {
            Set-Content $policy @"
schema: zombieops-policy/1
name: test
state: $state
sources:
  - source: process
    where: {pid: $ProcessId}
    allow: continue
    limits: {min-age: 0, max-share: 1, watch: 0}
$More
"@
        }
    }

    AfterEach {
        Remove-Parent
        Remove-Item -Recurse -Force $state
    }

    It 'clears what the policy allows without asking, in a session that cannot ask, and writes one object' {
        $zombie = New-StoppedParentZombie
        Set-Policy $zombie.Pid
        $child = Invoke-Child "Invoke-ZombiePolicy -Path '$policy' | ForEach-Object { `"`$(`$_.Exit) `$(`$_.ExitReason) `$(`$_.Sources.Sweep.Clear.Results.Outcome)`" }" -Option '-NonInteractive' -Environment @{ NO_COLOR = '1' }
        $child.Output.Trim() | Should -Be '0 Clean Cleared'
        Test-ZombieThere $zombie.Pid | Should -BeFalse
        Get-Content -Raw (Get-ChildItem (Join-Path $state 'audit') -Filter *.jsonl)[0].FullName | Should -Match 'policy test .*sha256'
    }

    It 'changes and writes nothing with -WhatIf' {
        $zombie = New-StoppedParentZombie
        Set-Policy $zombie.Pid
        $report = Invoke-ZombiePolicy -Path $policy -WhatIf
        $report | Should -HaveCount 1
        $report | Should -BeOfType ([ZombieOps.Model.PolicyReport])
        $report.DryRun | Should -BeTrue
        $report.Sources.Sweep.Clear.Results.Outcome | Should -Be 'WouldClear'
        Test-ZombieThere $zombie.Pid | Should -BeTrue
        (Get-ChildItem $state).Name | Should -Be 'policy.yaml'
    }

    It 'asks with -Confirm, and a session that cannot ask gets an error and clears nothing' {
        $zombie = New-StoppedParentZombie
        Set-Policy $zombie.Pid
        $child = Invoke-Child "Invoke-ZombiePolicy -Path '$policy' -Confirm" -Option '-NonInteractive' -Environment @{ NO_COLOR = '1' }
        $child.Errors | Should -Match 'has to be confirmed'
        Test-ZombieThere $zombie.Pid | Should -BeTrue
    }

    It 'only scans outside of the window, and says so' {
        $zombie = New-StoppedParentZombie
        $away = ([DateTime]::UtcNow.AddDays(3).DayOfWeek.ToString().Substring(0, 3)).ToLowerInvariant()
        Set-Policy $zombie.Pid "windows: [{days: $away, zone: UTC}]"
        $report = Invoke-ZombiePolicy -Path $policy -WarningVariable warnings -WarningAction SilentlyContinue
        $report.ExitReason | Should -Be 'FindingsLeft'
        $report.ClosedBecause | Should -Match 'outside of the windows'
        "$warnings" | Should -Match 'only scanned'
        Test-ZombieThere $zombie.Pid | Should -BeTrue
    }

    It 'only scans where an approval is required and no plan is given, and refuses a plan that nobody approved' {
        $zombie = New-StoppedParentZombie
        Set-Policy $zombie.Pid 'require-approval: true'
        $report = Invoke-ZombiePolicy -Path $policy -WarningVariable warnings -WarningAction SilentlyContinue
        $report.ExitReason | Should -Be 'FindingsLeft'
        "$warnings" | Should -Match 'needs a plan that somebody else approves'

        $options = [ZombieOps.EngineOptions]::FromEnvironment()
        $engine = [ZombieOps.ZombieEngine]::new($options, [NullString]::Value, $null)
        $settings = [ZombieOps.Clearing.ScanSettings]::new()
        [ZombieOps.Clearing.ScanSettings].GetProperty('MinAge').SetValue($settings, [TimeSpan]::Zero)
        [ZombieOps.Clearing.ScanSettings].GetProperty('Remember').SetValue($settings, $false)
        $scan = $engine.ScanAsync($settings, [Threading.CancellationToken]::None).AsTask().GetAwaiter().GetResult()
        $chosen = [ZombieOps.Model.Finding[]] @($scan.Findings | Where-Object Pid -eq $zombie.Pid)
        $plan = Join-Path $state 'plan.json'
        [ZombieOps.Clearing.PlanFile]::Write($plan, $engine.MakePlan($scan.WithFindings($chosen), [Collections.Generic.HashSet[string]]::new([string[]] 'Continue')))
        $engine.Dispose()
        $report = Invoke-ZombiePolicy -Path $policy -Plan $plan -WarningAction SilentlyContinue -ErrorVariable failed -ErrorAction SilentlyContinue
        $report.Exit | Should -Be 5
        $failed[0].FullyQualifiedErrorId | Should -Match '^NotApproved'
        Test-ZombieThere $zombie.Pid | Should -BeTrue
    }

    It 'names line and column of every error of a policy, and does nothing' {
        Set-Policy 1 "limts: 5`nwindows: []"
        $failed = { Invoke-ZombiePolicy -Path $policy } | Should -Throw -PassThru -ErrorId 'PolicyInvalid*'
        $failed.Exception.Message | Should -Match 'line 9, column 1: .*limts'
        $failed.Exception.Message | Should -Match 'line 10, column 10: .*none ever opens'
        (Get-ChildItem $state).Name | Should -Be 'policy.yaml'
    }

    It 'writes the report before the error of a source that fails' {
        Set-Content $policy "schema: zombieops-policy/1`nstate: $state`nsources:`n  - source: search`n    options: {url: 'http://127.0.0.1:1'}`n"
        $report = Invoke-ZombiePolicy -Path $policy -ErrorVariable failed -ErrorAction SilentlyContinue
        $report.Exit | Should -Be 3
        $failed[0].FullyQualifiedErrorId | Should -Match 'ServerUnreachable'
    }

    It 'warns that the command of notify is not run here' {
        Set-Policy 1 "notify: {command: [/bin/false], when: always}"
        $report = Invoke-ZombiePolicy -Path $policy -WarningVariable warnings -WarningAction SilentlyContinue
        $report.Failures | Should -BeNullOrEmpty
        "$warnings" | Should -Match "only 'zombieops run' does"
    }

    It 'sweeps the one source that is named and no other, and fails where the policy does not have it' {
        $zombie = New-StoppedParentZombie
        Set-Policy $zombie.Pid
        Add-Content $policy "  - source: search`n    options: {url: 'http://127.0.0.1:1'}"
        $report = Invoke-ZombiePolicy -Path $policy -Source search -ErrorAction SilentlyContinue
        $report.Sources.Source | Should -Be 'search'
        Test-ZombieThere $zombie.Pid | Should -BeTrue
        (Invoke-ZombiePolicy -Path $policy -Source process).Sources.Source | Should -Be 'process'
        Test-ZombieThere $zombie.Pid | Should -BeFalse
        Set-Policy 1
        { Invoke-ZombiePolicy -Path $policy -Source search } | Should -Throw -ErrorId 'BadArgument*'
    }

    It 'writes JSON and nothing beside it with -As, also with -WhatIf and with warnings' {
        $zombie = New-StoppedParentZombie
        Set-Policy $zombie.Pid "notify: {command: [/bin/false], when: always}`nexemptions: [{match: {pid: '1'}, owner: a, reason: b, expires: 2020-01-01}]"
        foreach ($as in 'Summary', 'Json') {
            $child = Invoke-Child "Invoke-ZombiePolicy -Path '$policy' -As $as -WhatIf"
            $child.Errors | Should -BeNullOrEmpty
            $child.Output.TrimEnd().Split("`n") | Should -HaveCount 1
            $read = $child.Output | ConvertFrom-Json
            $read.dryRun | Should -BeTrue
            "$($read.warnings)" | Should -Match 'does not apply'
        }

        $read.sources[0].sweep.clear.results[0].outcome | Should -Be 'WouldClear'
        (Invoke-Child "Invoke-ZombiePolicy -Path '$policy' -As Summary -WhatIf").Output | ConvertFrom-Json | ForEach-Object { $_.sources[0].wouldClear } | Should -Be 1
    }

    It 'clears nothing with -RequireState where the state directory is not there, or is a temporary one' {
        $zombie = New-StoppedParentZombie
        Set-Policy $zombie.Pid
        $report = Invoke-ZombiePolicy -Path $policy -RequireState -ErrorAction SilentlyContinue -ErrorVariable failed
        $report.Exit | Should -Be 5
        $failed[0].FullyQualifiedErrorId | Should -Match '^NoStateDirectory'
        "$($failed[0])" | Should -Match 'temporary files'
        # Elsewhere for temporary files, and this is a directory like any other.
        $other = New-StateDirectory
        try {
            $script = "(Invoke-ZombiePolicy -Path '$policy' -RequireState -ErrorAction SilentlyContinue -ErrorVariable failed).Exit; `"`$failed`""
            (Get-Content $policy) -replace '^state: .*', "state: $state/none" | Set-Content $policy
            (Invoke-Child $script -Environment @{ TMPDIR = $other }).Output | Should -Match '(?s)^5\s.*none is not there'
            Test-Path "$state/none" | Should -BeFalse
            Test-ZombieThere $zombie.Pid | Should -BeTrue
            Set-Policy $zombie.Pid
            (Invoke-Child $script -Environment @{ TMPDIR = $other }).Output.Trim() | Should -Be '0'
            Test-ZombieThere $zombie.Pid | Should -BeFalse
        }
        finally {
            Remove-Item -Recurse -Force $other
        }
    }

    It 'refuses a secret in plain text and does not repeat it' {
        Set-Policy 1
        $failed = { Invoke-ZombiePolicy -Path $policy -Secret @{ NAME = 'hunter2' } } | Should -Throw -PassThru -ErrorId 'BadArgument*'
        "$failed" | Should -Match "'NAME' is neither a secure string"
        "$failed" | Should -Not -Match 'hunter2'
    }
}
