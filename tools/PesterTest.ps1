#Requires -Version 7.4
<#
.SYNOPSIS
    Runs the Pester suite on a built module and exits with the number of failed tests, 125 at most.
.PARAMETER ModuleRoot
    Directory that holds the directory ZombieOps.
.PARAMETER Path
    Test files or directories; without it all of them.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $ModuleRoot,
    [string[]] $Path = (Join-Path (Split-Path $PSScriptRoot) 'tests' 'Pester')
)

$ErrorActionPreference = 'Stop'
$pester = Get-Module -ListAvailable Pester | Where-Object Version -ge '5.0' | Sort-Object Version -Descending | Select-Object -First 1
if (-not $pester) {
    throw 'the suite needs Pester 5 or later: Install-PSResource Pester'
}

Import-Module $pester.Path
# Nothing but what is tested and what comes with PowerShell: an installed ZombieOps may not stand in for the built one.
$env:PSModulePath = @((Resolve-Path $ModuleRoot).Path, (Join-Path $PSHOME 'Modules')) -join [IO.Path]::PathSeparator

$configuration = New-PesterConfiguration
# "pwsh -File" passes a list as one text with commas in it.
$configuration.Run.Path = $Path -split ','
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Detailed'
$configuration.Output.RenderMode = 'Plaintext'
$run = Invoke-Pester -Configuration $configuration

if (-not $run -or $run.TotalCount -eq 0) {
    'FAILED: no test was run'
    exit 125
}

foreach ($test in $run.Failed) {
    "FAILED: $($test.ExpandedPath): $($test.ErrorRecord[0])"
}

# A file that cannot even be loaded has no failed test and is a failure all the same.
foreach ($block in @($run.FailedBlocks) + @($run.FailedContainers)) {
    "FAILED: $($block.Name ?? $block.Item): $($block.ErrorRecord[0])"
}

exit [Math]::Min(125, $run.FailedCount + $run.FailedBlocksCount + $run.FailedContainersCount)
