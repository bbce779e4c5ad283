BeforeDiscovery {
    $runbooks = Get-ChildItem (Join-Path $PSScriptRoot '..' '..' 'runbooks') -Filter *.ps1 | ForEach-Object FullName
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'common.ps1')
    $folder = (Resolve-Path (Join-Path $PSScriptRoot '..' '..' 'runbooks')).Path
    $moduleUnderTest = Join-Path (Get-Module ZombieOps).ModuleBase 'ZombieOps.psd1'

    # As cron starts it: no HOME, no TERM, a short PATH, nothing to answer a prompt with.
    function Invoke-Runbook([string] $Name, [string[]] $Argument = @(), [hashtable] $Environment = @{}) {
        $start = [System.Diagnostics.ProcessStartInfo]::new((Join-Path $PSHOME 'pwsh'))
        foreach ($word in @('-NoProfile', '-NonInteractive', '-File', (Join-Path $folder "$Name.ps1")) + $Argument + @('-Module', $moduleUnderTest)) {
            $start.ArgumentList.Add($word)
        }

        $start.Environment.Clear()
        $start.Environment['PATH'] = '/usr/bin:/bin'
        foreach ($variable in $Environment.Keys) {
            $start.Environment[$variable] = $Environment[$variable]
        }

        $child = Wait-Child $start

        # Whatever is on the output is one JSON document: anything else fails here.
        $lines = @($child.Output.TrimEnd("`n") -split "`n")
        [pscustomobject]@{
            ExitCode = $child.ExitCode
            Lines = $lines.Count
            Json = $lines[0] | ConvertFrom-Json
            Output = $child.Output
            Errors = $child.Errors
        }
    }

    function New-Policy([string] $State, [string] $Source, [string] $More = '') {
        $path = Join-Path $State 'policy.yaml'
        Set-Content $path "schema: zombieops-policy/1`nname: test`nstate: $State`nsources:`n$Source$More"
        $path
    }

    function Get-ProcessSource([int] $ProcessId, [string] $Allow = 'continue') {
        "  - source: process`n    where: {pid: $ProcessId}`n    allow: [$Allow]`n    limits: {min-age: 0, max-share: 1, watch: 0}`n"
    }
}

Describe 'The runbook <_>' -ForEach $runbooks {
    BeforeAll {
        $path = $_
        $command = Get-Command $path
        $text = Get-Content -Raw $path
    }

    It 'has help with a synopsis, a description, an example and a sentence for every parameter' {
        $help = Get-Help $path -Full
        $help.Synopsis.Trim() | Should -Match '\.$'
        ($help.description | Out-String).Trim().Length | Should -BeGreaterThan 200
        @($help.examples.example).Count | Should -BeGreaterOrEqual 1
        foreach ($parameter in $command.Parameters.Keys | Where-Object { $_ -notin ([System.Management.Automation.PSCmdlet]::CommonParameters | Where-Object { $_ -notin 'WhatIf', 'Confirm' }) }) {
            $said = (Get-Help $path -Parameter $parameter).description | Out-String
            $said.Trim() | Should -Not -BeNullOrEmpty -Because "-$parameter is a parameter"
        }
    }

    It 'takes only what every scheduler can pass: text, numbers and switches' {
        foreach ($parameter in $command.Parameters.Values | Where-Object { $_.Name -notin [System.Management.Automation.PSCmdlet]::CommonParameters }) {
            $parameter.ParameterType | Should -BeIn @([string], [int], [bool], [switch]) -Because "-$($parameter.Name)"
            $parameter.Attributes.Mandatory | Should -Not -Contain $true -Because "a prompt for -$($parameter.Name) would be no answer"
        }
    }

    It 'has -WhatIf, stops at errors, writes to no host and ends with an exit code' {
        $command.Parameters.Keys | Should -Contain 'WhatIf'
        $text | Should -Match "\`$ErrorActionPreference = 'Stop'"
        $text | Should -Not -Match 'Write-Host|Read-Host|Write-Progress|Out-Host'
        $text.TrimEnd() | Should -Match '\nexit \$exit$'
    }

    It 'names in its examples only parameters that it has' {
        foreach ($example in (Get-Help $path -Examples).examples.example) {
            $example.code | Should -Match ([regex]::Escape((Split-Path -Leaf $path)))
            foreach ($match in [regex]::Matches(($example.code -replace '^.*?\.ps1', '' -replace '\|.*', ''), '\s-(\w+)')) {
                { $command.ResolveParameter($match.Groups[1].Value) } | Should -Not -Throw
            }
        }
    }
}

Describe 'Invoke-ProcessSweep' {
    BeforeEach {
        $state = New-StateDirectory
        $zombie = New-StoppedParentZombie
    }

    AfterEach {
        Remove-Parent
        Remove-Item -Recurse -Force $state
    }

    It 'clears a real zombie from the bare environment of cron, and prints one line of JSON' {
        $policy = New-Policy $state (Get-ProcessSource $zombie.Pid)
        $run = Invoke-Runbook 'Invoke-ProcessSweep' '-PolicyPath', $policy
        $run.Errors | Should -BeNullOrEmpty
        $run.ExitCode | Should -Be 0
        $run.Lines | Should -Be 1
        $run.Json.exitReason | Should -Be 'Clean'
        $run.Json.sources[0].cleared | Should -Be 1
        $run.Json.sources[0].left | Should -Be 0
        Test-ZombieThere $zombie.Pid | Should -BeFalse
        (Get-AuditRecord $state | Where-Object kind -eq 'Outcome').Count | Should -BeGreaterOrEqual 1
    }

    It 'prints nothing but JSON with -WhatIf, and writes no file' {
        $policy = New-Policy $state (Get-ProcessSource $zombie.Pid)
        $run = Invoke-Runbook 'Invoke-ProcessSweep' '-PolicyPath', $policy, '-WhatIf'
        $run.Errors | Should -BeNullOrEmpty
        $run.Lines | Should -Be 1
        $run.ExitCode | Should -Be 1
        $run.Json.dryRun | Should -BeTrue
        $run.Json.sources[0].wouldClear | Should -Be 1
        Test-ZombieThere $zombie.Pid | Should -BeTrue
        (Get-ChildItem $state).Name | Should -Be 'policy.yaml'
    }

    It 'fails where it has to ask and cannot: it never ends in success with nothing done' {
        $policy = New-Policy $state (Get-ProcessSource $zombie.Pid)
        $run = Invoke-Runbook 'Invoke-ProcessSweep' '-PolicyPath', $policy, '-Confirm'
        $run.ExitCode | Should -Be 2
        $run.Lines | Should -Be 1
        $run.Json.exitReason | Should -Be 'ConfirmationNeeded'
        $run.Errors | Should -Match 'ConfirmationNeeded: nothing more is cleared'
        Test-ZombieThere $zombie.Pid | Should -BeTrue
        Get-AuditRecord $state | Should -BeNullOrEmpty
    }

    It 'says by its exit code that a zombie is left' {
        $policy = New-Policy $state (Get-ProcessSource $zombie.Pid 'nudge')
        $run = Invoke-Runbook 'Invoke-ProcessSweep' '-PolicyPath', $policy
        $run.ExitCode | Should -Be 1
        $run.Json.exitReason | Should -Be 'FindingsLeft'
        $run.Json.sources[0].left | Should -Be 1
    }

    It 'says by its exit code that a limit was crossed, and clears nothing' {
        $policy = New-Policy $state ((Get-ProcessSource $zombie.Pid) -replace 'watch: 0', 'watch: 0, max-count: 0')
        $run = Invoke-Runbook 'Invoke-ProcessSweep' '-PolicyPath', $policy
        $run.ExitCode | Should -Be 4
        $run.Json.exitReason | Should -Be 'LimitCrossed'
        $run.Errors | Should -Match 'LimitCrossed: '
        Test-ZombieThere $zombie.Pid | Should -BeTrue
    }

    It 'tells every error of a policy with its id, and still prints one line of JSON' {
        $policy = New-Policy $state (Get-ProcessSource $zombie.Pid) "limts: 5`n"
        $run = Invoke-Runbook 'Invoke-ProcessSweep' '-PolicyPath', $policy
        $run.ExitCode | Should -Be 2
        $run.Lines | Should -Be 1
        $run.Json.exitReason | Should -Be 'PolicyInvalid'
        $run.Json.failures[0].says | Should -Match 'limts'
        $run.Json.failures[0].nextStep | Should -Not -BeNullOrEmpty
        $run.Errors | Should -Match 'PolicyInvalid: '
    }

    It 'fails where the policy speaks of no processes' {
        $policy = New-Policy $state "  - source: search`n    options: {url: 'http://127.0.0.1:1'}`n"
        $run = Invoke-Runbook 'Invoke-ProcessSweep' '-PolicyPath', $policy
        $run.ExitCode | Should -Be 2
        $run.Json.exitReason | Should -Be 'BadArgument'
        $run.Json.failures[0].says | Should -Match "has no source 'process'"
    }

    It 'fails where the policy or the module is not there' {
        (Invoke-Runbook 'Invoke-ProcessSweep' '-PolicyPath', (Join-Path $state 'none.yaml')).Json.exitReason | Should -Be 'PolicyUnreadable'
        $moduleUnderTest = Join-Path $state 'none.psd1'
        $run = Invoke-Runbook 'Invoke-ProcessSweep' '-PolicyPath', (New-Policy $state (Get-ProcessSource $zombie.Pid))
        $run.ExitCode | Should -Be 3
        $run.Json.exitReason | Should -Match '^Modules_'
        Test-ZombieThere $zombie.Pid | Should -BeTrue
    }

    It 'uses the state directory that is given where the policy names none' {
        $policy = New-Policy $state (Get-ProcessSource $zombie.Pid)
        (Get-Content $policy) -notmatch '^state:' | Set-Content $policy
        $run = Invoke-Runbook 'Invoke-ProcessSweep' '-PolicyPath', $policy, '-StateDirectory', (Join-Path $state 'own')
        $run.ExitCode | Should -Be 0
        Get-AuditRecord (Join-Path $state 'own') | Should -Not -BeNullOrEmpty
    }
}

Describe 'Invoke-ExclusionSweep' {
    BeforeEach {
        $state = New-StateDirectory
    }

    AfterEach {
        Remove-Parent
        Remove-Item -Recurse -Force $state
    }

    It 'names the server that is away, and touches none of the processes that the same policy speaks of' {
        $zombie = New-StoppedParentZombie
        $policy = New-Policy $state "$(Get-ProcessSource $zombie.Pid)  - source: search`n    options: {url: 'http://127.0.0.1:1'}`n"
        $run = Invoke-Runbook 'Invoke-ExclusionSweep' '-PolicyPath', $policy
        $run.ExitCode | Should -Be 3
        $run.Lines | Should -Be 1
        $run.Json.sources | Should -HaveCount 1
        $run.Json.sources[0].source | Should -Be 'search'
        $run.Json.sources[0].failures[0].errorId | Should -Be 'ServerUnreachable'
        $run.Errors | Should -Match 'ServerUnreachable: '
        Test-ZombieThere $zombie.Pid | Should -BeTrue
    }
}

Describe 'Save-IncidentEvidence' {
    BeforeEach {
        $state = New-StateDirectory
        $out = New-StateDirectory
    }

    AfterEach {
        Remove-Parent
        Remove-Item -Recurse -Force $state, $out
    }

    It 'puts scan, policy, audit log and ledger into one archive whose manifest holds, with no secret in it, and changes nothing' {
        $secret = "hunter2-$([guid]::NewGuid().ToString('N'))"
        $done = New-StoppedParentZombie
        $policy = New-Policy $state (Get-ProcessSource $done.Pid)
        (Invoke-Runbook 'Invoke-ProcessSweep' '-PolicyPath', $policy).ExitCode | Should -Be 0
        # A program that ignores the word; the shell in between would show the secret in its own arguments too.
        [void](Start-Parent "sleep 0.1 & exec tail -f /dev/null --pid=$PID # --password=$secret")
        $zombie = New-Zombie "sleep 0.1; : --password=$secret"
        Set-Content (Join-Path $state 'password') $secret
        $before = Get-ChildItem -Recurse -File $state | ForEach-Object { "$($_.FullName) $($_.LastWriteTimeUtc.Ticks) $((Get-FileHash $_.FullName).Hash)" }

        $run = Invoke-Runbook 'Save-IncidentEvidence' '-Ticket', 'OPS-17', '-OutputDirectory', $out, '-StateDirectory', $state, '-PolicyPath', $policy -Environment @{ ES_PASSWORD = $secret }
        $run.Errors | Should -BeNullOrEmpty
        $run.ExitCode | Should -Be 0
        $run.Lines | Should -Be 1
        (Get-ChildItem -Force $out).FullName | Should -Be $run.Json.archive
        (Get-FileHash $run.Json.archive).Hash | Should -Be $run.Json.sha256
        [IO.File]::GetUnixFileMode($run.Json.archive) | Should -Be ([IO.UnixFileMode]'UserRead, UserWrite')

        $at = Join-Path $out 'read'
        [IO.Compression.ZipFile]::ExtractToDirectory($run.Json.archive, $at)
        $manifest = Get-Content -Raw (Join-Path $at 'manifest.json') | ConvertFrom-Json
        $manifest.ticket | Should -Be 'OPS-17'
        $all = Get-ChildItem -Recurse -File $at | ForEach-Object { [IO.Path]::GetRelativePath($at, $_.FullName) } | Where-Object { $_ -ne 'manifest.json' } | Sort-Object
        ($manifest.files.path | Sort-Object) | Should -Be $all
        foreach ($file in $manifest.files) {
            (Get-FileHash (Join-Path $at $file.path)).Hash | Should -Be $file.sha256
        }

        $all | Should -Contain 'policy.json'
        $all -match '^state/audit/audit-.*\.jsonl$' | Should -Not -BeNullOrEmpty
        $all -match '^state/ledger/' | Should -Not -BeNullOrEmpty
        (Get-Content (Join-Path $at 'zombies.jsonl') | ConvertFrom-Json).target.pid | Should -Contain $zombie.Pid
        (Get-Content -Raw (Join-Path $at 'proc/version')) | Should -Match '^Linux version'
        Get-ChildItem -Recurse -File $at | Select-String -SimpleMatch $secret | Should -BeNullOrEmpty

        Get-ChildItem -Recurse -File $state | ForEach-Object { "$($_.FullName) $($_.LastWriteTimeUtc.Ticks) $((Get-FileHash $_.FullName).Hash)" } | Should -Be $before
        Test-ZombieThere $zombie.Pid | Should -BeTrue
    }

    It 'writes nothing with -WhatIf' {
        $run = Invoke-Runbook 'Save-IncidentEvidence' '-OutputDirectory', (Join-Path $out 'not-yet'), '-StateDirectory', $state, '-WhatIf'
        $run.ExitCode | Should -Be 0
        $run.Lines | Should -Be 1
        $run.Json.dryRun | Should -BeTrue
        $run.Json.archive | Should -Match 'zombieops-incident-.*\.zip$'
        Get-ChildItem -Force $out, $state | Should -BeNullOrEmpty
    }

    It 'collects the rest where a look fails, and says what is missing' {
        $policy = New-Policy $state "  - source: search`n    options: {url: 'http://127.0.0.1:1'}`n"
        $run = Invoke-Runbook 'Save-IncidentEvidence' '-OutputDirectory', $out, '-StateDirectory', $state, '-PolicyPath', $policy
        $run.ExitCode | Should -Be 3
        $run.Json.exitReason | Should -Be 'Incomplete'
        $run.Json.failures[0].errorId | Should -Be 'ServerUnreachable'
        $run.Errors | Should -Match 'ServerUnreachable: '
        Test-Path $run.Json.archive | Should -BeTrue
    }

    It 'refuses a ticket that is no name, and a place that cannot be written, without leaving anything' {
        $run = Invoke-Runbook 'Save-IncidentEvidence' '-Ticket', '../../etc', '-OutputDirectory', $out
        $run.ExitCode | Should -Be 2
        $run.Json.exitReason | Should -Be 'BadArgument'
        $run = Invoke-Runbook 'Save-IncidentEvidence' '-OutputDirectory', '/proc/nowhere', '-StateDirectory', $state
        $run.ExitCode | Should -Be 5
        $run.Json.archive | Should -BeNullOrEmpty
        Get-ChildItem -Force $out | Should -BeNullOrEmpty
    }
}

Describe 'New-WeeklyReport' {
    BeforeEach {
        $state = New-StateDirectory
        $out = New-StateDirectory
        $zombie = New-StoppedParentZombie
        $policy = New-Policy $state (Get-ProcessSource $zombie.Pid)
        (Invoke-Runbook 'Invoke-ProcessSweep' '-PolicyPath', $policy).ExitCode | Should -Be 0
    }

    AfterEach {
        Remove-Parent
        Remove-Item -Recurse -Force $state, $out
    }

    It 'writes a report of what a sweep did, and prints one line of JSON with its hash' {
        $file = Join-Path $out 'weekly.html'
        $run = Invoke-Runbook 'New-WeeklyReport' '-Path', $file, '-StateDirectory', $state
        $run.Errors | Should -BeNullOrEmpty
        $run.Lines | Should -Be 1
        $run.ExitCode | Should -Be $run.Json.exit
        $run.ExitCode | Should -BeIn 0, 1, 3
        $run.Json.totals.acts | Should -Be 1
        $run.Json.sha256 | Should -Be (Get-FileHash $file).Hash
        Get-Content -Raw $file | Should -Match '(?i)^<!doctype html'
        Get-Content -Raw $file | Should -Match "\b$($zombie.Pid)\b"
        @($run.Json.attention).Count | Should -BeLessOrEqual 20
        (Invoke-Runbook 'New-WeeklyReport' '-Path', "$out/a.json", '-StateDirectory', $state, '-Format', 'Json').Json.path | Should -Be "$out/a.json"
        (Get-Content -Raw "$out/a.json" | ConvertFrom-Json).acts | Should -HaveCount 1
    }

    It 'writes no file with -WhatIf, and says what would be in it' {
        $before = Get-ChildItem -Recurse -File $state | ForEach-Object { "$($_.FullName) $($_.LastWriteTimeUtc.Ticks)" }
        $run = Invoke-Runbook 'New-WeeklyReport' '-Path', "$out/weekly.html", '-StateDirectory', $state, '-WhatIf'
        $run.Errors | Should -BeNullOrEmpty
        $run.Lines | Should -Be 1
        $run.Json.dryRun | Should -BeTrue
        $run.Json.totals.acts | Should -Be 1
        Get-ChildItem $out | Should -BeNullOrEmpty
        Get-ChildItem -Recurse -File $state | ForEach-Object { "$($_.FullName) $($_.LastWriteTimeUtc.Ticks)" } | Should -Be $before
    }

    It 'fails with an error id where a time cannot be read or the file cannot be written, also with -WhatIf' {
        foreach ($more in @(), @('-WhatIf')) {
            $run = Invoke-Runbook 'New-WeeklyReport' (@('-Path', "$out/weekly.html", '-StateDirectory', $state, '-From', 'some day') + $more)
            $run.ExitCode | Should -BeIn 2, 3 -Because "$more"
            $run.Lines | Should -Be 1
            $run.Json.failures[0].errorId | Should -Not -BeNullOrEmpty
            $run.Errors | Should -Match $run.Json.exitReason
        }

        $run = Invoke-Runbook 'New-WeeklyReport' '-Path', '/proc/none/weekly.html', '-StateDirectory', $state
        $run.ExitCode | Should -BeIn 2, 3, 5
        $run.Lines | Should -Be 1
        $run.Json.failures[0].errorId | Should -Be $run.Json.exitReason
        $run.Errors | Should -Match $run.Json.exitReason
        $run.Json.sha256 | Should -BeNullOrEmpty
    }
}
