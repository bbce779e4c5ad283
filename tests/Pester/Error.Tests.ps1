BeforeAll {
    . (Join-Path $PSScriptRoot 'common.ps1')
}

Describe 'Errors' {
    It 'carry id, category, target and the next step' {
        Get-Zombie -Id 4194303 -ErrorAction SilentlyContinue -ErrorVariable problems
        $problems | Should -HaveCount 1
        $problems[0].FullyQualifiedErrorId | Should -Be 'NoSuchProcess,ZombieOps.Cmdlets.Commands.GetZombieCommand'
        $problems[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $problems[0].TargetObject | Should -Be '4194303'
        $problems[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        $problems[0].Exception | Should -BeOfType [ZombieOps.ZombieOpsException]
    }

    It 'name parameters of PowerShell where the engine names flags' {
        $method = (Get-Module ZombieOps).ImplementingAssembly.GetType('ZombieOps.Cmdlets.Errors.ErrorFactory').GetMethod('InPowerShell')
        $method.Invoke($null, @('set ZOMBIEOPS_STATE or give --state DIR')) | Should -Be 'set ZOMBIEOPS_STATE or give -StateDirectory DIR'
        $method.Invoke($null, @('zombieops scan lists the zombies there are')) | Should -Be 'Get-Zombie lists the zombies there are'
        $method.Invoke($null, @('raise --max-count on purpose')) | Should -Be 'raise -MaxCount on purpose'
        $method.Invoke($null, @('name another with --exemptions FILE')) | Should -Be 'name another with -ExemptionsFile FILE'
    }

    It 'have a category for <Id>' -ForEach @(
        @{ Id = 'LimitCrossed'; Category = 'LimitsExceeded' }, @{ Id = 'NotPermitted'; Category = 'PermissionDenied' }
        @{ Id = 'BadArgument'; Category = 'InvalidArgument' }, @{ Id = 'NoProcfs'; Category = 'ResourceUnavailable' }
        @{ Id = 'AuditUnwritable'; Category = 'WriteError' }, @{ Id = 'PlanUnreadable'; Category = 'ReadError' }
    ) {
        $factory = (Get-Module ZombieOps).ImplementingAssembly.GetType('ZombieOps.Cmdlets.Errors.ErrorFactory')
        $problem = [ZombieOps.ZombieOpsException]::new($Id, 'BadUsage', 'what is wrong', 'what to do', $null)
        $record = $factory.GetMethods() | Where-Object { $_.Name -eq 'ToRecord' -and $_.GetParameters().Count -eq 2 } | ForEach-Object { $_.Invoke($null, @($problem, $null)) }
        $record.CategoryInfo.Category | Should -Be $Category
        $record.ErrorDetails.RecommendedAction | Should -Be 'what to do'
    }

    It 'are shown with the next step' {
        $child = Invoke-Child 'Get-Zombie -Id 4194303' -Environment @{ NO_COLOR = '1' }
        $child.Errors | Should -Match 'there is no process 4194303'
        $child.Errors | Should -Match 'Recommendation: '
    }
}
