BeforeDiscovery {
    $root = (Resolve-Path (Join-Path $PSScriptRoot '..' '..')).Path
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'common.ps1')
    $root = (Resolve-Path (Join-Path $PSScriptRoot '..' '..')).Path
    $module = Get-Module ZombieOps
    $manifest = Import-PowerShellDataFile (Join-Path $module.ModuleBase 'ZombieOps.psd1')
}

Describe 'The manifest' {
    It 'is valid' {
        { Test-ModuleManifest (Join-Path $module.ModuleBase 'ZombieOps.psd1') -ErrorAction Stop } | Should -Not -Throw
    }

    It 'has the version of Directory.Build.props, of both assemblies and of the head of CHANGELOG.md' {
        $version = ([xml](Get-Content -Raw (Join-Path $root 'Directory.Build.props'))).Project.PropertyGroup.VersionPrefix
        $manifest.ModuleVersion | Should -Be $version
        foreach ($name in 'ZombieOps.Core', 'ZombieOps.Cmdlets') {
            [Reflection.AssemblyName]::GetAssemblyName((Join-Path $module.ModuleBase "$name.dll")).Version.ToString(3) | Should -Be $version
        }

        $head = Get-Content (Join-Path $root 'CHANGELOG.md') | Where-Object { $_ -match '^## ' } | Select-Object -First 1
        $head | Should -Match "^## \[?v?$([regex]::Escape($version))\b"
    }

    It 'exports exactly the cmdlets that there are, and nothing else' {
        $module.ExportedCmdlets.Keys | Sort-Object | Should -Be @('Clear-ZombieState', 'Export-ZombieReport', 'Get-StaleExclusion', 'Get-Zombie', 'Get-ZombieStatus', 'Invoke-ZombiePolicy')
        $manifest.CmdletsToExport | Sort-Object | Should -Be @('Clear-ZombieState', 'Export-ZombieReport', 'Get-StaleExclusion', 'Get-Zombie', 'Get-ZombieStatus', 'Invoke-ZombiePolicy')
        $module.ExportedFunctions.Count | Should -Be 0
        $module.ExportedAliases.Count | Should -Be 0
        $module.ExportedVariables.Count | Should -Be 0
    }

    It 'has the metadata that a gallery asks for' {
        $manifest.GUID | Should -Match '^[0-9a-f-]{36}$'
        $manifest.PowerShellVersion | Should -Be '7.4'
        $manifest.CompatiblePSEditions | Should -Be @('Core')
        $manifest.PrivateData.PSData.ProjectUri | Should -Be 'https://github.com/zombieops/zombieops'
        $manifest.PrivateData.PSData.LicenseUri | Should -Not -BeNullOrEmpty
        $manifest.PrivateData.PSData.Tags | Should -Contain 'PSEdition_Core'
        $manifest.PrivateData.PSData.Tags | Where-Object { $_ -match '\s' } | Should -BeNullOrEmpty
    }

    It 'ships no assembly but its own, and keeps what it brings along in a folder apart' {
        (Get-ChildItem $module.ModuleBase -Filter *.dll).Name | Sort-Object | Should -Be @('ZombieOps.Cmdlets.dll', 'ZombieOps.Core.dll')
        (Get-ChildItem $module.ModuleBase -Recurse -Filter *.dll).Name | Sort-Object |
            Should -Be @('YamlDotNet.dll', 'ZombieOps.Cmdlets.dll', 'ZombieOps.Core.dll', 'ZombieOps.Yaml.dll')
    }

    It 'can be imported again' {
        $again = Invoke-Child 'Import-Module ZombieOps; Import-Module ZombieOps -Force; Remove-Module ZombieOps; Import-Module ZombieOps; (Get-Command -Module ZombieOps).Count; (Get-Command Get-Zombie).Parameters.Count -gt 5'
        $again.Errors | Should -BeNullOrEmpty
        $again.Output.Trim() -split '\s+' | Should -Be @('6', 'True')
    }

    It 'is imported (milliseconds in a running pwsh, a measurement: it decides nothing)' {
        $time = (Invoke-Child '$null = Get-Module -ListAvailable Microsoft.PowerShell.Utility; $w = [Diagnostics.Stopwatch]::StartNew(); Import-Module ZombieOps; $w.ElapsedMilliseconds').Output.Trim()
        $time | Should -Match '^\d+$'
        Write-Host "Import-Module ZombieOps took $time ms"
    }
}
