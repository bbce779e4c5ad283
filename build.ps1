#!/usr/bin/env pwsh
#Requires -Version 7.4
<#
.SYNOPSIS
    Builds, tests, analyzes and packs the ZombieOps module.
.DESCRIPTION
    Build    output/ZombieOps/VERSION: assemblies, manifest, views, help. All that ships.
    Test     Build, dotnet test, then the Pester suite against what was built, in a pwsh of its own.
    Analyze  whitespace of the C# sources and PSScriptAnalyzer on every script.
    Pack     Build, then output/ZombieOps.VERSION.nupkg, by PSResourceGet through a repository that is a folder.
    What a task needs and the machine lacks is named and skipped, but for Pack, which fails.
.EXAMPLE
    ./build.ps1 -Task Test
#>
[CmdletBinding()]
param(
    [ArgumentCompletions('Build', 'Test', 'Analyze', 'Pack')]
    [string[]] $Task = 'Build',

    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Release'
)

$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true
$root = $PSScriptRoot
$output = Join-Path $root 'output'
$version = ([xml](Get-Content -Raw (Join-Path $root 'Directory.Build.props'))).Project.PropertyGroup.VersionPrefix
$module = Join-Path $output 'ZombieOps' $version

function Invoke-Build {
    $manifest = Import-PowerShellDataFile (Join-Path $root 'module' 'ZombieOps.psd1')
    if ($manifest.ModuleVersion -ne $version) {
        throw "module/ZombieOps.psd1 has version $($manifest.ModuleVersion) and Directory.Build.props has $version"
    }

    dotnet build (Join-Path $root 'src' 'ZombieOps.Cmdlets') --configuration $Configuration --nologo --verbosity quiet
    if (Test-Path $module) {
        Remove-Item -Recurse -Force $module
    }

    New-Item -ItemType Directory -Force $module | Out-Null
    # Only what is named here ships: a stray assembly would be loaded into everybody's session.
    $built = Join-Path $root 'src' 'ZombieOps.Cmdlets' 'bin' $Configuration 'net8.0'
    Copy-Item -Path (Join-Path $built 'ZombieOps.Core.dll'), (Join-Path $built 'ZombieOps.Cmdlets.dll') -Destination $module
    # What other modules may bring along in another version is kept apart (PrivateDependencies).
    New-Item -ItemType Directory (Join-Path $module 'dependencies') | Out-Null
    Copy-Item -Path (Join-Path $built 'ZombieOps.Yaml.dll'), (Join-Path $built 'YamlDotNet.dll') -Destination (Join-Path $module 'dependencies')
    Copy-Item -Path (Join-Path $root 'module' '*'), (Join-Path $root 'LICENSE') -Destination $module
    pwsh -NoProfile -NonInteractive -File (Join-Path $root 'tools' 'BuildHelp.ps1') -Module $module
    Write-Host "built $module"
}

function Invoke-Test {
    # The Pester suite is also an xunit test, for those who have only dotnet; here it runs once, on what was built.
    dotnet test (Join-Path $root 'ZombieOps.sln') --configuration $Configuration --nologo --filter 'FullyQualifiedName!~PesterSuiteTests'
    if (-not (Get-Module -ListAvailable Pester | Where-Object Version -ge '5.0')) {
        Write-Warning 'skipped: the Pester suite (no Pester 5)'
        return
    }

    pwsh -NoProfile -NonInteractive -File (Join-Path $root 'tools' 'PesterTest.ps1') -ModuleRoot $output
}

function Invoke-Analyze {
    dotnet format (Join-Path $root 'ZombieOps.sln') whitespace --verify-no-changes --verbosity minimal
    if (-not (Get-Module -ListAvailable PSScriptAnalyzer)) {
        Write-Warning 'skipped: Invoke-ScriptAnalyzer (no PSScriptAnalyzer)'
        return
    }

    $scripts = Get-ChildItem -Path $root -Recurse -File -Include '*.ps1', '*.psd1', '*.psm1' |
        Where-Object FullName -NotMatch '/(bin|obj|output|\.git)/'
    $settings = Import-PowerShellDataFile (Join-Path $root 'tools' 'PSScriptAnalyzerSettings.psd1')
    $forTests = $settings.Clone()
    # Pester's blocks share variables in a way that these rules do not know, and test helpers ask nobody.
    $forTests.ExcludeRules += 'PSUseDeclaredVarsMoreThanAssignments', 'PSUseShouldProcessForStateChangingFunctions', 'PSShouldProcess'
    $found = $scripts | ForEach-Object {
        Invoke-ScriptAnalyzer -Path $_.FullName -Settings ($_.FullName -match '/tests/' ? $forTests : $settings)
    }
    if ($found) {
        $found | Format-Table -AutoSize RuleName, Severity, ScriptName, Line, Message | Out-String -Width 200 | Write-Host
        throw "PSScriptAnalyzer found $(@($found).Count) problems"
    }

    Write-Host "analyzed $(@($scripts).Count) scripts: nothing found"
}

function Invoke-Pack {
    if (-not (Get-Command Publish-PSResource -ErrorAction Ignore)) {
        throw 'Pack needs Microsoft.PowerShell.PSResourceGet, which comes with PowerShell 7.4 and later'
    }

    $package = Join-Path $output "ZombieOps.$version.nupkg"
    $name = "ZombieOps-pack-$PID"
    if (Test-Path $package) {
        Remove-Item $package
    }

    Register-PSResourceRepository -Name $name -Uri $output -Trusted
    try {
        Publish-PSResource -Path $module -Repository $name -SkipDependenciesCheck
    }
    finally {
        Unregister-PSResourceRepository -Name $name
    }

    Write-Host "packed $package"
}

# "pwsh -File build.ps1 -Task Build,Test" passes one text with commas in it.
$Task = $Task -split ',' | ForEach-Object Trim
if ($unknown = $Task | Where-Object { $_ -notin 'Build', 'Test', 'Analyze', 'Pack' }) {
    throw "there is no task $($unknown -join ', '): use Build, Test, Analyze or Pack"
}

# What is tested and packed is built from these sources: a module of last week would be neither.
if ($Task -match '^(Test|Pack)$') {
    $Task = @('Build') + $Task
}

foreach ($name in 'Build', 'Test', 'Analyze', 'Pack' | Where-Object { $_ -in $Task }) {
    & "Invoke-$name"
}
