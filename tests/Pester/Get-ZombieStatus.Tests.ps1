BeforeAll {
    . (Join-Path $PSScriptRoot 'common.ps1')
}

Describe 'Get-ZombieStatus' {
    BeforeEach {
        $state = New-StateDirectory
        $policy = Join-Path $state 'policy.yaml'
        Set-Content $policy "schema: zombieops-policy/1`nname: test`nstate: $state`nsources:`n  - source: process`n"
    }

    AfterEach {
        Remove-Item -Recurse -Force $state
    }

    It 'says that a tick is missing before the first and not after it' {
        $status = Get-ZombieStatus -Path $policy
        $status.Exit | Should -Be 3
        $status.ExitReason | Should -Be 'Overdue'
        $status.Entries[0].OverdueBecause | Should -Be 'no complete scan is known'
        [void] (Invoke-ZombiePolicy -Path $policy -WarningAction SilentlyContinue)
        $status = Get-Item $policy | Get-ZombieStatus
        $status.Exit | Should -Be 0
        $status.Entries[0].LastTick.Complete | Should -BeTrue
        (Get-ZombieStatus -StateDirectory $state).Entries.Name | Should -Be 'process'
    }

    It 'takes an age as text and refuses what is none' {
        [void] (Invoke-ZombiePolicy -Path $policy -WarningAction SilentlyContinue)
        (Get-ZombieStatus $policy -MaxAge 1h).Entries[0].MaxAge | Should -Be ([TimeSpan]::FromHours(1))
        (Get-ZombieStatus $policy -MaxAge 1ms).Exit | Should -Be 3
        { Get-ZombieStatus $policy -MaxAge soon } | Should -Throw
    }

    It 'ends with an error where the policy cannot be used' {
        Set-Content $policy 'nonsense: 1'
        { Get-ZombieStatus $policy } | Should -Throw -ErrorId 'PolicyInvalid,ZombieOps.Cmdlets.Commands.GetZombieStatusCommand'
        { Get-ZombieStatus (Join-Path $state 'none.yaml') } | Should -Throw -ErrorId 'PolicyUnreadable,ZombieOps.Cmdlets.Commands.GetZombieStatusCommand'
    }

    It 'writes nothing' {
        $before = Get-ChildItem -Recurse $state | ForEach-Object { "$($_.FullName) $($_.LastWriteTimeUtc.Ticks)" }
        [void] (Get-ZombieStatus $policy)
        Get-ChildItem -Recurse $state | ForEach-Object { "$($_.FullName) $($_.LastWriteTimeUtc.Ticks)" } | Should -Be $before
    }
}
