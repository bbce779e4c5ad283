<#
.SYNOPSIS
    Carries a ZombieOps policy out once, as a job of Azure Automation.
.DESCRIPTION
    Runs in a PowerShell 7.4 or 7.6 runtime environment: in the cloud sandbox, which can only scan search clusters, or on a Linux hybrid worker, which can also look at its own processes and
    clear. The policy is a file of the worker or an Automation variable.

    A job keeps nothing for the next one. What decides whether something may be cleared (since when a mark is there, what was done and is not finished) is in the ledger and the audit log, so
    with -Mode Clear the state directory has to be there already and may not be a temporary one. Otherwise the job fails with NoStateDirectory and clears nothing. With -Mode Scan nothing
    is written at all.

    The output is one line of JSON, a summary of bounded size, and nothing else. Errors go to the error stream, each with its id. The job ends as Completed with exit 0 (nothing is left) and
    1 (zombies are left), and as Failed with 2 (cannot be used), 3 (incomplete), 4 (a limit), 5 (a permission, the audit log, the state directory).
.PARAMETER PolicyPath
    The policy as a file on the hybrid worker. Empty for the Automation variable.
.PARAMETER PolicyVariable
    Automation variable that holds the policy as YAML.
.PARAMETER StateDirectory
    Directory of the ledger and the audit log where the policy names none.
.PARAMETER Source
    The one source that is meant, process or search; empty for all that the policy has.
.PARAMETER Mode
    Scan shows what would be done and writes nothing. Clear does it.
.PARAMETER AssetNames
    Automation credentials whose passwords the policy names in options that end in -env: NAME=ASSET, several apart by commas.
.PARAMETER KeyVault
    Key vault that is read as the account's managed identity. Empty for none; then nothing signs in to Azure.
.PARAMETER SecretNames
    Secrets of that vault that the policy names in options that end in -env: NAME=SECRET, several apart by commas.
.PARAMETER ClientId
    Client id of a user-assigned identity; empty for the system-assigned one.
.PARAMETER Module
    Name or path of the module.
.EXAMPLE
    pwsh -NoProfile -NonInteractive -File ./Invoke-PolicyJob.ps1 -PolicyPath /etc/zombieops/policy.yaml -Mode Scan

    What a hybrid worker does with these parameters.
.LINK
    https://github.com/zombieops/zombieops/blob/main/docs/azure.md
#>
[CmdletBinding()]
param(
    [string] $PolicyPath = '',
    [string] $PolicyVariable = 'ZombieOpsPolicy',
    [string] $StateDirectory = '',
    [string] $Source = '',
    [ValidateSet('Scan', 'Clear')] [string] $Mode = 'Scan',
    [string] $AssetNames = '',
    [string] $KeyVault = '',
    [string] $SecretNames = '',
    [string] $ClientId = '',
    [string] $Module = 'ZombieOps'
)

# The service takes no preferences of its own for a job.
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
# A log is no terminal.
$PSStyle.OutputRendering = 'PlainText'
$WarningPreference = 'SilentlyContinue'

# "A=b,C=d" as a table.
function ConvertFrom-Pair([string] $Text) {
    ($Text -split ',').Trim() -join "`n" | ConvertFrom-StringData
}

$problems = @()
$work = $null
try {
    Import-Module $Module
    $secrets = @{}
    $pairs = ConvertFrom-Pair $AssetNames
    foreach ($name in $pairs.Keys) {
        $secrets[$name] = Get-AutomationPSCredential -Name $pairs[$name]
    }

    if ($KeyVault) {
        # Jobs share a process: a sign-in may not be found by the next one.
        Disable-AzContextAutosave -Scope Process | Out-Null
        $identity = $ClientId ? @{ AccountId = $ClientId } : @{}
        Connect-AzAccount -Identity @identity | Out-Null
        $pairs = ConvertFrom-Pair $SecretNames
        foreach ($name in $pairs.Keys) {
            $secrets[$name] = (Get-AzKeyVaultSecret -VaultName $KeyVault -Name $pairs[$name]).SecretValue
        }
    }

    if (-not $PolicyPath) {
        $work = [IO.Directory]::CreateTempSubdirectory('zombieops-').FullName
        $PolicyPath = Join-Path $work 'policy.yaml'
        [IO.File]::WriteAllText($PolicyPath, (Get-AutomationVariable -Name $PolicyVariable))
    }

    $given = @{ Path = $PolicyPath; As = 'Summary'; Secret = $secrets; RequireState = $true; WhatIf = $Mode -ne 'Clear' }
    if ($StateDirectory) {
        $given.StateDirectory = $StateDirectory
    }

    if ($Source) {
        $given.Source = $Source
    }

    # Not stopped by the first error: the summary is written before them. Nobody can be asked, and the policy is the agreement.
    $summary = Invoke-ZombiePolicy @given -Confirm:$false -ErrorAction SilentlyContinue -ErrorVariable +problems
    $read = $summary | ConvertFrom-Json
    $exit = $read.exit ?? 3
    $reason = $read.exitReason
}
catch {
    # What the engine throws has an exit code of its own; anything else was not done.
    $exit = [int]($_.Exception.ExitCode ?? 3)
    $reason = ($_.FullyQualifiedErrorId -split ',')[0]
    $failure = [ordered]@{ errorId = $reason; exit = $exit; says = $_.Exception.Message; nextStep = "$($_.ErrorDetails.RecommendedAction)" }
    $summary = [ordered]@{ schema = 'zombieops/1'; failures = @($failure); exit = $exit; exitReason = $reason } | ConvertTo-Json -Compress -Depth 3
    $problems += $_
}
finally {
    if ($work) {
        Remove-Item -Recurse -Force $work -ErrorAction Ignore
    }
}

$summary
foreach ($problem in $problems) {
    $id = ($problem.FullyQualifiedErrorId -split ',')[0]
    Write-Error -ErrorAction Continue -ErrorId $id -Message "${id}: $problem; next: $($problem.ErrorDetails.RecommendedAction)"
}

# The service knows no exit codes: only what is thrown makes a job Failed.
if ($exit -gt 1) {
    throw "ZombieOps failed: exit $exit $reason"
}
