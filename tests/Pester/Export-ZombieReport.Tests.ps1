BeforeAll {
    . (Join-Path $PSScriptRoot 'common.ps1')
}

Describe 'Export-ZombieReport' {
    BeforeEach {
        $state = New-StateDirectory
        $file = Join-Path $state 'weekly.html'
    }

    AfterEach {
        Remove-Parent
        Remove-Item -Recurse -Force $state
    }

    It 'tells of a real zombie that was cleared, as a file and as an object' {
        $zombie = New-StoppedParentZombie
        Get-Zombie -Id $zombie.Pid -MinAge 0 -StateDirectory $state | Clear-ZombieState -MinAge 0 -MaxShare 1 -Watch 0 -Remedy Continue -Reason 'ticket 12' -StateDirectory $state -Confirm:$false -WarningAction SilentlyContinue
        $report = Export-ZombieReport -Path $file -StateDirectory $state -WarningVariable warnings -WarningAction SilentlyContinue
        $report | Should -HaveCount 1
        $report | Should -BeOfType ([ZombieOps.Reports.PeriodReport])
        $report.Acts | Should -HaveCount 1
        $report.Acts[0].Outcome | Should -Be 'Cleared'
        $report.Acts[0].Target | Should -Match "\($($zombie.Pid)\)"
        $report.Exit | Should -Be 3
        "$warnings" | Should -Match 'was scanned is not known'
        Get-Content -Raw $file | Should -Match "\($($zombie.Pid)\)"
    }

    It 'follows the name of the file, and -Format before it' {
        $null = Export-ZombieReport -Path (Join-Path $state 'a.json') -StateDirectory $state -WarningAction SilentlyContinue
        (Get-Content -Raw (Join-Path $state 'a.json') | ConvertFrom-Json).schema | Should -Be 'zombieops/1'
        $null = Export-ZombieReport -Path (Join-Path $state 'b.json') -Format Csv -StateDirectory $state -WarningAction SilentlyContinue
        Get-Content (Join-Path $state 'b.json') -TotalCount 1 | Should -Match '^"sequence"'
    }

    It 'takes durations, dates and DateTime objects, and a location that is not the working directory' {
        Push-Location $state
        try {
            $report = Export-ZombieReport 'x.html' -From -2d -StateDirectory . -WarningAction SilentlyContinue
            ($report.To - $report.From).TotalDays | Should -Be 2
            Test-Path (Join-Path $state 'x.html') | Should -BeTrue
        }
        finally {
            Pop-Location
        }

        $begin = [DateTime]::UtcNow.AddDays(-3)
        $report = Export-ZombieReport $file -From $begin -To ([DateTimeOffset]::Now.AddHours(-1)) -StateDirectory $state -WarningAction SilentlyContinue
        $report.From.UtcDateTime | Should -Be $begin
        $report = Export-ZombieReport $file -From 2020-01-01 -To 2020-01-31 -StateDirectory $state -WarningAction SilentlyContinue
        $report.To.ToString('u') | Should -Be '2020-02-01 00:00:00Z'
    }

    It 'writes no file with -WhatIf and gives the object' {
        $report = Export-ZombieReport -Path $file -StateDirectory $state -WhatIf -WarningAction SilentlyContinue
        $report.Totals.Acts | Should -Be 0
        Get-ChildItem $state | Should -BeNullOrEmpty
    }

    It 'says <says> for <arguments>' -ForEach @(
        @{ arguments = @{ From = 'yesterday' }; says = 'no time' }
        @{ arguments = @{ From = '-1d'; To = '-2d' }; says = 'before it begins' }
        @{ arguments = @{ Anchor = '1:x' }; says = 'no anchor' }
        @{ arguments = @{ Path = '/nowhere/at/all/x.html' }; says = 'cannot be written' }
    ) {
        $all = @{ Path = $file; StateDirectory = $state } + @{}
        foreach ($key in $arguments.Keys) {
            $all[$key] = $arguments[$key]
        }

        $failed = { Export-ZombieReport @all } | Should -Throw -PassThru
        $failed.Exception.Message | Should -Match $says
        Get-ChildItem $state | Should -BeNullOrEmpty
    }
}
