BeforeAll {
    . (Join-Path $PSScriptRoot 'common.ps1')
}

Describe 'Completion' {
    It 'offers every cause of the catalog, with its sentence' {
        $offers = Get-Completion 'Get-Zombie -Cause '
        $offers.CompletionText | Should -Contain 'ParentNotWaiting'
        $offers.CompletionText | Should -Contain 'InitNotReaping'
        ($offers | Where-Object CompletionText -eq 'ParentStopped').ToolTip | Should -Not -Be 'ParentStopped'
    }

    It 'narrows by what is typed, in any case' {
        (Get-Completion 'Get-Zombie -Cause parentn').CompletionText | Should -Be 'ParentNotWaiting'
    }

    It 'offers remedies' {
        (Get-Completion 'Clear-ZombieState -Remedy ').CompletionText | Should -Contain 'EndParent'
        (Get-Completion 'Clear-ZombieState -Remedy Reap,K').CompletionText | Should -Be 'KillParent'
    }

    It 'offers the four verdicts' {
        (Get-Completion 'Get-Zombie -Verdict ').CompletionText | Sort-Object | Should -Be @('Protected', 'ReportOnly', 'Unknown', 'Zombie')
    }

    It 'offers sources, and causes of the source that is named' {
        (Get-Completion 'Get-Zombie -Source ').CompletionText | Should -Contain 'process'
        (Get-Completion 'Get-Zombie -Source process -Cause ParentS').CompletionText | Should -Be 'ParentStopped'
        (Get-Completion 'Get-Zombie -Source p').CompletionText | Should -Be 'process'
    }
}
