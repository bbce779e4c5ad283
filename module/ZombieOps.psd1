@{
    RootModule             = 'ZombieOps.Cmdlets.dll'
    ModuleVersion          = '0.1.0'
    GUID                   = 'bcd4097b-77fc-4b1b-841a-b008012f8912'
    Author                 = 'The ZombieOps authors'
    CompanyName            = 'ZombieOps'
    Copyright              = '(c) The ZombieOps authors. MIT licence.'
    Description            = 'Finds zombie processes, explains with evidence why they are there, and clears them through their owner with a tamper-evident audit log.'
    CompatiblePSEditions   = @('Core')
    PowerShellVersion      = '7.4'
    FormatsToProcess       = @('ZombieOps.Format.ps1xml')
    TypesToProcess         = @('ZombieOps.Types.ps1xml')
    CmdletsToExport        = @('Clear-ZombieState', 'Export-ZombieReport', 'Get-StaleExclusion', 'Get-Zombie', 'Get-ZombieStatus', 'Invoke-ZombiePolicy')
    FunctionsToExport      = @()
    AliasesToExport        = @()
    VariablesToExport      = @()
    DscResourcesToExport   = @()
    PrivateData            = @{
        PSData = @{
            Tags         = @('zombie', 'defunct', 'process', 'cleanup', 'sre', 'operations', 'audit', 'Linux', 'PSEdition_Core')
            LicenseUri   = 'https://github.com/zombieops/zombieops/blob/main/LICENSE'
            ProjectUri   = 'https://github.com/zombieops/zombieops'
            ReleaseNotes = 'https://github.com/zombieops/zombieops/blob/main/CHANGELOG.md'
        }
    }
}
