#!/usr/bin/env pwsh
#Requires -Version 7.4
<#
.SYNOPSIS
    Builds, tests, analyzes and packs the ZombieOps module.
.DESCRIPTION
    Build    output/ZombieOps/VERSION: assemblies, manifest, views, help. All that ships.
    Test     Build, dotnet test, then the Pester suite against what was built, in a pwsh of its own.
    Analyze  whitespace of the C# sources and PSScriptAnalyzer on every script.
    Pack     Build, then in output: ZombieOps.VERSION.nupkg, zombieops-VERSION-linux-x64.tar.gz, zombieops_VERSION_amd64.deb, a bill of materials
             for the module and one for the executable, and SHA256SUMS. The same commit gives the same bytes; docs/install.md says under which conditions.
    What a task needs and the machine lacks is named and skipped, but for Pack, which fails.
.PARAMETER Native
    What the executable is made with: net10.0, or net9.0 where the native compiler of .NET 10 cannot be restored. none packs the module alone.
.EXAMPLE
    ./build.ps1 -Task Test
.EXAMPLE
    ./build.ps1 -Task Pack -Native none
#>
[CmdletBinding()]
param(
    [ArgumentCompletions('Build', 'Test', 'Analyze', 'Pack')]
    [string[]] $Task = 'Build',

    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Release',

    [ValidateSet('net10.0', 'net9.0', 'none')]
    [string] $Native = 'net10.0'
)

$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true
$root = $PSScriptRoot
$output = Join-Path $root 'output'
$version = ([xml](Get-Content -Raw (Join-Path $root 'Directory.Build.props'))).Project.PropertyGroup.VersionPrefix
$module = Join-Path $output 'ZombieOps' $version
$artifacts = Join-Path $output 'artifacts'

function Invoke-Build {
    $manifest = Import-PowerShellDataFile (Join-Path $root 'module' 'ZombieOps.psd1')
    if ($manifest.ModuleVersion -ne $version) {
        throw "module/ZombieOps.psd1 has version $($manifest.ModuleVersion) and Directory.Build.props has $version"
    }

    $built = Join-Path $root 'src' 'ZombieOps.Cmdlets' 'bin' $Configuration 'net8.0'
    $apart = @()
    if ('Pack' -in $Task) {
        # From nothing, in a place of its own: what an earlier build has left, with other options, would be taken over and give other bytes.
        if (Test-Path $artifacts) {
            Remove-Item -Recurse -Force $artifacts
        }

        $built = Join-Path $artifacts 'bin' 'ZombieOps.Cmdlets' $Configuration.ToLowerInvariant()
        $apart = '--artifacts-path', $artifacts, '-p:ContinuousIntegrationBuild=true'
    }

    dotnet build (Join-Path $root 'src' 'ZombieOps.Cmdlets') --configuration $Configuration --nologo --verbosity quiet @apart
    if (Test-Path $module) {
        Remove-Item -Recurse -Force $module
    }

    New-Item -ItemType Directory -Force $module | Out-Null
    # Only what is named here ships: a stray assembly would be loaded into everybody's session.
    Copy-Item -Path (Join-Path $built 'ZombieOps.Core.dll'), (Join-Path $built 'ZombieOps.Cmdlets.dll') -Destination $module
    # What other modules may bring along in another version is kept apart (PrivateDependencies).
    New-Item -ItemType Directory (Join-Path $module 'dependencies') | Out-Null
    Copy-Item -Path (Join-Path $built 'ZombieOps.Yaml.dll'), (Join-Path $built 'YamlDotNet.dll') -Destination (Join-Path $module 'dependencies')
    Copy-Item -Path (Join-Path $root 'module' '*'), (Join-Path $root 'LICENSE'), (Join-Path $root 'THIRD-PARTY-NOTICES.txt') -Destination $module
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

# The time that everything is packed with: that of the commit, or the one that is given.
function Get-Epoch {
    if ($env:SOURCE_DATE_EPOCH) {
        return [long] $env:SOURCE_DATE_EPOCH
    }

    if (-not (Get-Command git -ErrorAction Ignore) -or -not (Test-Path (Join-Path $root '.git'))) {
        throw 'Pack needs SOURCE_DATE_EPOCH where there is no git history (seconds since 1970, the date of everything that is packed)'
    }

    [long] (git -C $root log -1 --format=%ct)
}

function Invoke-Pack {
    $epoch = Get-Epoch
    $env:SOURCE_DATE_EPOCH = $epoch
    $architecture = [System.Runtime.InteropServices.RuntimeInformation]::OSArchitecture.ToString().ToLowerInvariant()
    $stem = "zombieops-$version-linux-$architecture"
    $package = Join-Path $output "ZombieOps.$version.nupkg"
    pwsh -NoProfile -NonInteractive -File (Join-Path $root 'tools' 'PackModule.ps1') -Module $module -Output $output -Epoch $epoch
    & (Join-Path $root 'tools' 'BuildSbom.ps1') -Assets (Join-Path $artifacts 'obj' 'ZombieOps.Cmdlets' 'project.assets.json') -Artifact $package `
        -Name 'ZombieOps' -Version $version -Epoch $epoch -Output (Join-Path $output "ZombieOps.$version.nupkg.cdx.json")
    $made = @("ZombieOps.$version.nupkg", "ZombieOps.$version.nupkg.cdx.json")

    if ($Native -eq 'none') {
        Write-Warning 'not made, as -Native none asks: the executable, its tar.gz and its .deb'
    }
    else {
        $program = Join-Path $output 'native'
        if (Test-Path $program) {
            Remove-Item -Recurse $program
        }

        dotnet publish (Join-Path $root 'src' 'ZombieOps.Cli') --configuration Release --runtime "linux-$architecture" --output $program --nologo --verbosity quiet `
            --artifacts-path $artifacts "-p:ZombieOpsNative=$Native" -p:ContinuousIntegrationBuild=true
        $assets = Join-Path $artifacts 'obj' 'ZombieOps.Cli' 'project.assets.json'
        & (Join-Path $root 'tools' 'BuildSbom.ps1') -Assets $assets -Artifact (Join-Path $program 'zombieops') -Native `
            -Name 'zombieops' -Version $version -Epoch $epoch -Output (Join-Path $output "$stem.cdx.json")
        $read = Get-Content -Raw $assets | ConvertFrom-Json -AsHashtable
        $compiler = @($read.project.frameworks.Values)[0].downloadDependencies | Where-Object name -Like 'runtime.*.DotNet.ILCompiler'
        $notices = $read.packageFolders.Keys |
            ForEach-Object { Join-Path $_ $compiler.name.ToLowerInvariant() ($compiler.version -split '[\[,]')[1] 'THIRD-PARTY-NOTICES.TXT' } |
            Where-Object { Test-Path $_ } | Select-Object -First 1
        & (Join-Path $root 'tools' 'package.sh') --program $program --version $version --output $output --architecture $architecture --notices $notices tar deb
        $made += "$stem.cdx.json", "$stem.tar.gz", "zombieops_${version}_$($architecture -eq 'x64' ? 'amd64' : $architecture).deb"
    }

    $made = [string[]] $made
    [Array]::Sort($made, [StringComparer]::Ordinal)
    $sums = $made | ForEach-Object { "$((Get-FileHash -Algorithm SHA256 (Join-Path $output $_)).Hash.ToLowerInvariant())  $_" }
    [IO.File]::WriteAllText((Join-Path $output 'SHA256SUMS'), ($sums -join "`n") + "`n")
    $sums | Write-Host
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
