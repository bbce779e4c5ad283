BeforeAll {
    . (Join-Path $PSScriptRoot 'common.ps1')
}

Describe 'Clear-ZombieState' {
    BeforeEach {
        $state = New-StateDirectory
        # The limits are of the machine that runs the tests, so the share is set aside; no watch, to be quick.
        $common = @{ StateDirectory = $state; MinAge = 0; MaxShare = 1; Watch = 0; StopFile = (Join-Path $state 'stop') }
        function Get-Mine([int[]] $ProcessId) {
            Get-Zombie -StateDirectory $state -MinAge 0 | Where-Object Pid -In $ProcessId
        }
    }

    AfterEach {
        Remove-Parent
        Remove-Item -Recurse -Force $state
    }

    Context '-WhatIf' {
        It 'changes nothing, writes no audit log and says what it would do' {
            $zombie = New-Zombie
            $result = Get-Mine $zombie.Pid | Where-Object Cause -eq ParentNotWaiting | Clear-ZombieState -WhatIf -Remedy EndParent -PassThru @common
            $result | Should -HaveCount 1
            $result.Outcome | Should -Be 'WouldClear'
            $result.Reason | Should -Be 'DryRun'
            Test-ZombieThere $zombie.Pid | Should -BeTrue
            Get-Process -Id $zombie.Parent | Should -HaveCount 1
            Join-Path $state 'audit' | Should -Not -Exist
        }

        It 'works as the documentation has it, and prints the remedy and its harm' {
            $zombie = New-Zombie
            $child = Invoke-Child "Get-Zombie -MinAge 0 | Where-Object Cause -eq ParentNotWaiting | Clear-ZombieState -WhatIf -MinAge 0 -MaxShare 1 -MaxCount 1000 -Remedy EndParent" `
                -Environment @{ ZOMBIEOPS_STATE = $state; NO_COLOR = '1' }
            # Others' zombies may be there, and their owner may not be ours to see; clearing itself has nothing to complain of.
            $child.Errors | Should -Not -Match 'Clear-ZombieState'
            $child.Output | Should -Match "What if: Performing the operation `"EndParent: .*harm: .*`" on target `"sleep \($($zombie.Pid)\), ParentNotWaiting`""
            Test-ZombieThere $zombie.Pid | Should -BeTrue
            Join-Path $state 'audit' | Should -Not -Exist
        }

        It 'is taken from $WhatIfPreference, of the caller and of a calling function' {
            $zombie = New-Zombie
            $finding = Get-Mine $zombie.Pid
            $byVariable = & { $WhatIfPreference = $true; $finding | Clear-ZombieState -Remedy EndParent -PassThru @common }
            function Invoke-Cleanup { [CmdletBinding(SupportsShouldProcess)] param() $finding | Clear-ZombieState -Remedy EndParent -PassThru @common }
            $byFunction = Invoke-Cleanup -WhatIf
            @($byVariable) + @($byFunction) | ForEach-Object { $_.Reason | Should -Be 'DryRun' }
            Test-ZombieThere $zombie.Pid | Should -BeTrue
            Join-Path $state 'audit' | Should -Not -Exist
        }

        It 'is taken from a function of another module' {
            $zombie = New-Zombie
            $finding = Get-Mine $zombie.Pid
            $other = New-Module -Name Caller -ScriptBlock {
                function Invoke-CallerCleanup { [CmdletBinding(SupportsShouldProcess)] param($Finding, $Common) $Finding | Clear-ZombieState -Remedy EndParent -PassThru @Common }
            } | Import-Module -PassThru
            try {
                (Invoke-CallerCleanup -Finding $finding -Common $common -WhatIf).Reason | Should -Be 'DryRun'
            }
            finally {
                Remove-Module $other
            }

            Test-ZombieThere $zombie.Pid | Should -BeTrue
            Join-Path $state 'audit' | Should -Not -Exist
        }
    }

    Context 'acting' {
        It 'clears a zombie by ending its parent and writes it down' {
            $zombie = New-Zombie
            $result = Get-Mine $zombie.Pid | Clear-ZombieState -Remedy EndParent -Confirm:$false -PassThru -Reason 'OPS-17' @common
            $result.Outcome | Should -Be 'Cleared'
            $result.Reason | Should -Be 'VerifiedGone'
            Test-ZombieThere $zombie.Pid | Should -BeFalse
            $records = Get-AuditRecord $state
            $records.kind | Should -Be @('RunStarted', 'Intent', 'Outcome', 'RunEnded')
            $records[1].before.target.pid | Should -Be $zombie.Pid
            $records[0].why | Should -Be 'OPS-17'
        }

        It 'clears a zombie by letting its stopped parent go on, and writes no object without -PassThru' {
            $zombie = New-StoppedParentZombie
            $output = Get-Mine $zombie.Pid | Clear-ZombieState -Remedy continue -Confirm:$false @common
            $output | Should -BeNullOrEmpty
            Test-ZombieThere $zombie.Pid | Should -BeFalse
            Get-Process -Id $zombie.Parent | Should -HaveCount 1
        }

        It 'runs no remedy that was not named, and says as an error which one fits' {
            $zombie = New-Zombie
            $result = Get-Mine $zombie.Pid | Clear-ZombieState -Confirm:$false -PassThru -ErrorAction SilentlyContinue -ErrorVariable problems @common
            $result.Reason | Should -Be 'NoAllowedRemedy'
            $problems.FullyQualifiedErrorId | Should -Be 'NoAllowedRemedy,ZombieOps.Cmdlets.Commands.ClearZombieStateCommand'
            $problems[0].ErrorDetails.RecommendedAction | Should -Match '-Remedy'
            Test-ZombieThere $zombie.Pid | Should -BeTrue
        }

        It 'leaves alone with a warning what may not be cleared' {
            $zombie = New-Zombie
            $finding = Get-Mine $zombie.Pid
            $old = $common.Clone()
            $old.MinAge = '1h'
            $result = $finding | Clear-ZombieState -Remedy EndParent -Confirm:$false -PassThru -WarningVariable warnings -WarningAction SilentlyContinue @old
            $result.Outcome | Should -Be 'Skipped'
            $warnings -join ' ' | Should -Match 'left alone.*TooYoung'
            Test-ZombieThere $zombie.Pid | Should -BeTrue
        }

        It 'does nothing to a finding whose cause has changed since' {
            $zombie = New-Zombie
            $finding = Get-Mine $zombie.Pid
            /bin/kill -STOP $zombie.Parent
            Wait-Until { (Get-ProcStat $zombie.Parent).State -eq 'T' } 'the parent is not stopped'
            $finding | Clear-ZombieState -Remedy EndParent -Confirm:$false -ErrorAction SilentlyContinue -ErrorVariable problems @common
            $problems[0].FullyQualifiedErrorId | Should -BeLike 'CauseChanged,*'
            Test-ZombieThere $zombie.Pid | Should -BeTrue
        }

        It 'says of one that has gone by itself that it was gone' {
            $zombie = New-Zombie
            $finding = Get-Mine $zombie.Pid
            Remove-Parent
            Wait-Until { -not (Test-ZombieThere $zombie.Pid) } 'the orphan is not reaped'
            ($finding | Clear-ZombieState -Confirm:$false -PassThru @common).Outcome | Should -Be 'AlreadyGone'
        }

        It 'does nothing without input' {
            $nothing = @() | Clear-ZombieState -Confirm:$false -PassThru @common
            $nothing | Should -BeNullOrEmpty
            Join-Path $state 'audit' | Should -Not -Exist
        }
    }

    Context 'limits' {
        It 'clears nothing beyond <Parameter>' -ForEach @(@{ Parameter = 'MaxCount' }, @{ Parameter = 'MaxShare' }) {
            $zombie = New-Zombie
            $limited = $common.Clone()
            $limited[$Parameter] = 0
            { Get-Mine $zombie.Pid | Clear-ZombieState -Remedy EndParent -Confirm:$false @limited } | Should -Throw -ErrorId 'LimitCrossed,*'
            Test-ZombieThere $zombie.Pid | Should -BeTrue
        }

        It 'clears nothing while the stop file is there' {
            $zombie = New-Zombie
            Set-Content $common.StopFile ''
            { Get-Mine $zombie.Pid | Clear-ZombieState -Remedy EndParent -Confirm:$false @common } | Should -Throw -ErrorId 'StopFilePresent,*'
            Test-ZombieThere $zombie.Pid | Should -BeTrue
        }

        It 'clears nothing when the audit log cannot be written' {
            $zombie = New-Zombie
            $finding = Get-Mine $zombie.Pid
            $broken = $common.Clone()
            $broken.StateDirectory = Join-Path $state 'a-file'
            Set-Content $broken.StateDirectory ''
            { $finding | Clear-ZombieState -Remedy EndParent -Confirm:$false -WarningAction SilentlyContinue @broken } | Should -Throw -ErrorId 'AuditUnwritable,*'
            Test-ZombieThere $zombie.Pid | Should -BeTrue
        }

        It 'refuses a remedy that does not exist' {
            $zombie = New-Zombie
            { Get-Mine $zombie.Pid | Clear-ZombieState -Remedy Exorcise -Confirm:$false @common } | Should -Throw -ErrorId 'BadArgument,*' -ExpectedMessage "*no remedy 'exorcise'*"
        }
    }

    Context 'ending early' {
        BeforeEach {
            $first = New-StoppedParentZombie
            $second = New-StoppedParentZombie
            function Get-Left { @($first, $second) | Where-Object { Test-ZombieThere $_.Pid } }
        }

        It 'stops between two acts when the pipeline is stopped, and closes the run in the audit log' {
            $shell = [PowerShell]::Create()
            try {
                # The watch after the first act is where Ctrl-C arrives, in the middle of the run.
                [void] $shell.AddScript({
                        param($State, $ProcessId)
                        Import-Module ZombieOps
                        Get-Zombie -StateDirectory $State -MinAge 0 | Where-Object Pid -In $ProcessId |
                            Clear-ZombieState -Remedy Continue -Confirm:$false -PassThru -StateDirectory $State -MinAge 0 -MaxShare 1 -Watch 60s
                    }).AddArgument($state).AddArgument(@($first.Pid, $second.Pid))
                $running = $shell.BeginInvoke()
                Wait-Until { @(Get-Left).Count -lt 2 -or $running.IsCompleted } 'the first act did not happen' 20
                $shell.Streams.Error.Count | Should -Be 0
                $running.IsCompleted | Should -BeFalse
                $shell.Stop()
            }
            finally {
                $shell.Dispose()
            }

            Get-Left | Should -HaveCount 1
            $records = Get-AuditRecord $state
            $records.kind | Should -Be @('RunStarted', 'Intent', 'Outcome', 'RunEnded')
            $records[-1].why | Should -Match 'Interrupted'
        }

        It 'does not act any more once Select-Object has what it wants' {
            $result = Get-Mine $first.Pid, $second.Pid | Clear-ZombieState -Remedy Continue -Confirm:$false -PassThru @common | Select-Object -First 1
            $result.Outcome | Should -Be 'Cleared'
            Get-Left | Should -HaveCount 1
            (Get-AuditRecord $state).kind | Should -Be @('RunStarted', 'Intent', 'Outcome', 'RunEnded')
        }

        It 'does not act any more after an error with -ErrorAction Stop' {
            $findings = Get-Mine $first.Pid, $second.Pid
            # What is decided without an act comes first, and its error ends the pipeline.
            /bin/kill -CONT $first.Parent
            Wait-Until { -not (Test-ZombieThere $first.Pid) } 'the first parent has not reaped'
            $third = New-Zombie
            $changed = Get-Mine $third.Pid
            /bin/kill -STOP $third.Parent
            Wait-Until { (Get-ProcStat $third.Parent).State -eq 'T' } 'the parent is not stopped'
            { @($findings) + @($changed) | Clear-ZombieState -Remedy Continue -Confirm:$false -ErrorAction Stop @common } | Should -Throw -ErrorId 'CauseChanged,*'
            Test-ZombieThere $second.Pid | Should -BeTrue
            (Get-AuditRecord $state).kind | Should -Not -Contain 'Intent'
            (Get-AuditRecord $state)[-1].kind | Should -Be 'RunEnded'
        }
    }

    Context 'confirmation' {
        It 'does nothing when it would have to ask and cannot, and a script with $ErrorActionPreference Stop fails' {
            $zombie = New-Zombie
            $child = Invoke-Child -Option '-NonInteractive' -Environment @{ ZOMBIEOPS_STATE = $state; NO_COLOR = '1' } `
                "`$ErrorActionPreference = 'Stop'; Get-Zombie -MinAge 0 | Where-Object Pid -eq $($zombie.Pid) | Clear-ZombieState -Remedy EndParent -MinAge 0 -MaxShare 1; 'went on'"
            $child.ExitCode | Should -Be 1
            $child.Errors | Should -Match 'has to be confirmed'
            $child.Errors | Should -Match '-Confirm:\$false'
            $child.Output | Should -Not -Match 'went on'
            Test-ZombieThere $zombie.Pid | Should -BeTrue
            (Get-AuditRecord $state).kind | Should -Be @('RunStarted', 'RunEnded')
        }

        It 'has an error id of its own for that' {
            $zombie = New-Zombie
            $child = Invoke-Child -Option '-NonInteractive' -Environment @{ ZOMBIEOPS_STATE = $state; NO_COLOR = '1' } `
                "try { Get-Zombie -MinAge 0 | Where-Object Pid -eq $($zombie.Pid) | Clear-ZombieState -Remedy EndParent -MinAge 0 -MaxShare 1 } catch { `$_.FullyQualifiedErrorId }"
            $child.Output.Trim() | Should -Be 'ConfirmationNeeded,ZombieOps.Cmdlets.Commands.ClearZombieStateCommand'
            Test-ZombieThere $zombie.Pid | Should -BeTrue
        }
    }

    Context 'plans' {
        BeforeEach {
            $first = New-StoppedParentZombie
            $second = New-StoppedParentZombie
            $path = Join-Path $state 'plan.json'
            # Of the two zombies only the first goes into the plan.
            $options = [ZombieOps.EngineOptions]::FromEnvironment()
            $engine = [ZombieOps.ZombieEngine]::new($options, [NullString]::Value, $null)
            $settings = [ZombieOps.Clearing.ScanSettings]::new()
            [ZombieOps.Clearing.ScanSettings].GetProperty('MinAge').SetValue($settings, [TimeSpan]::Zero)
            [ZombieOps.Clearing.ScanSettings].GetProperty('Remember').SetValue($settings, $false)
            $report = $engine.ScanAsync($settings, [Threading.CancellationToken]::None).AsTask().GetAwaiter().GetResult()
            $chosen = [ZombieOps.Model.Finding[]] @($report.Findings | Where-Object Pid -eq $first.Pid)
            $allowed = [Collections.Generic.HashSet[string]]::new([string[]] 'Continue')
            [ZombieOps.Clearing.PlanFile]::Write($path, $engine.MakePlan($report.WithFindings($chosen), $allowed))
            $engine.Dispose()
        }

        It 'are acted on, and nothing else is' {
            $results = Clear-ZombieState -Plan $path -Confirm:$false -PassThru -WarningAction SilentlyContinue @common
            $results | Should -HaveCount 1
            $results.Outcome | Should -Be 'Cleared'
            Test-ZombieThere $first.Pid | Should -BeFalse
            Test-ZombieThere $second.Pid | Should -BeTrue
        }

        It 'are refused with -RequireApproval until another person has approved them, and then acted on' {
            function Get-Who([string] $User) {
                $who = [ZombieOps.EngineOptions]::FromEnvironment()
                foreach ($pair in @{ StateDirectory = $state; User = $User; SudoUser = $null; LoginUser = $null }.GetEnumerator()) {
                    [ZombieOps.EngineOptions].GetProperty($pair.Key).SetValue($who, $pair.Value)
                }

                $who
            }

            $document = [ZombieOps.Clearing.PlanFile]::Load($path)
            [ZombieOps.Clearing.PlanApprovals]::Remember((Get-Who 'alice'), $document.Plan)
            { Clear-ZombieState -Plan $path -RequireApproval -Confirm:$false @common } | Should -Throw -ErrorId 'NotApproved,*'
            { [ZombieOps.Clearing.PlanApprovals]::Approve((Get-Who 'alice'), $document, 'mine', [TimeSpan]::FromHours(1)) } | Should -Throw '*nobody approves a plan of their own*'
            Test-ZombieThere $first.Pid | Should -BeTrue

            [void] [ZombieOps.Clearing.PlanApprovals]::Approve((Get-Who 'bob'), $document, 'CHG-1', [TimeSpan]::FromHours(1))
            (Clear-ZombieState -PlanPath $path -RequireApproval -Confirm:$false -PassThru -WarningAction SilentlyContinue @common).Outcome | Should -Be 'Cleared'
            (Get-AuditRecord $state | Where-Object kind -eq 'Intent').approval | Should -Be 2
        }

        It 'can be tried with -WhatIf' {
            (Clear-ZombieState -Plan $path -WhatIf -PassThru -WarningAction SilentlyContinue @common).Outcome | Should -Be 'WouldClear'
            Test-ZombieThere $first.Pid | Should -BeTrue
        }

        It 'are refused when they are <Why>' -ForEach @(
            @{ Why = 'of another host'; Change = { $_.scan.host = 'elsewhere' }; Id = 'PlanFromAnotherHost' }
            @{ Why = 'of another boot'; Change = { $_.scan.bootId = '00000000-0000-0000-0000-000000000000' }; Id = 'PlanFromAnotherBoot' }
            @{ Why = 'of another version'; Change = { $_.schema = 'zombieops/99' }; Id = 'PlanVersionUnknown' }
            @{ Why = 'no plan'; Change = { $_.steps = $null }; Id = 'PlanUnreadable' }
        ) {
            Get-Content -Raw $path | ConvertFrom-Json | ForEach-Object { . $Change; $_ } | ConvertTo-Json -Depth 20 | Set-Content $path
            { Clear-ZombieState -Plan $path -Confirm:$false @common } | Should -Throw -ErrorId "$Id,*"
            Test-ZombieThere $first.Pid | Should -BeTrue
        }

        It 'are refused when there is no such file' {
            { Clear-ZombieState -Plan (Join-Path $state 'none.json') -Confirm:$false @common } | Should -Throw -ErrorId 'PlanUnreadable,*'
        }
    }
}
