<#
.SYNOPSIS
    Sweeps stale exclusions of Elasticsearch and OpenSearch clusters, as a policy file says, once.
.DESCRIPTION
    Does one safe tick for every source 'search' of a policy file, by Invoke-ZombiePolicy: it closes what an interrupted run left open, scans, records what was seen, clears what the policy
    allows within its limits and windows, and writes metrics. What else the policy names is left alone; a policy without such a source is an error.

    The output is one line of JSON, a summary of bounded size, and nothing else. Errors go to the error stream, each with its id. It asks nothing, so it runs from cron, systemd and
    Ansible; where -Confirm is given and the session cannot ask, it fails with ConfirmationNeeded and clears nothing.

    Exit codes: 0 nothing is left, 1 zombies are left, 2 something cannot be used as it is, 3 incomplete, 4 a limit or the stop file, 5 a permission or the audit log.
.PARAMETER PolicyPath
    The policy, a YAML file. It holds no secret: its options name the files or variables that do.
.PARAMETER StateDirectory
    Directory of the ledger and the audit log where the policy names none. By default the one that ZOMBIEOPS_STATE names, and /var/lib/zombieops for root.
.PARAMETER Module
    Name or path of the module. A name is looked for where all users' modules are, because cron and systemd may give no HOME.
.PARAMETER WhatIf
    Says in the summary what would be done, and cannot do it: it writes no file at all.
.PARAMETER Confirm
    Asks before anything is cleared, once for each source.
.EXAMPLE
    pwsh -NoProfile -NonInteractive -File ./Invoke-ExclusionSweep.ps1 -PolicyPath /etc/zombieops/policy.yaml

    One tick. Its exit code and the one line that it prints say what happened.
.EXAMPLE
    pwsh -NoProfile -NonInteractive -File ./Invoke-ExclusionSweep.ps1 -PolicyPath /etc/zombieops/policy.yaml -WhatIf | jq '.sources[] | {name, wouldClear}'

    What a tick would clear now.
.LINK
    https://github.com/zombieops/zombieops/blob/main/docs/runbooks.md
#>

#Requires -Version 7.4
[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSShouldProcess', '', Justification = 'Invoke-ZombiePolicy asks, by the preferences that -WhatIf and -Confirm set here')]
[CmdletBinding(SupportsShouldProcess)]
param(
    [string] $PolicyPath = '/etc/zombieops/policy.yaml',
    [string] $StateDirectory = '',
    [string] $Module = 'ZombieOps'
)

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
# A log is no terminal.
$PSStyle.OutputRendering = 'PlainText'
$given = @{ Path = $PolicyPath; Source = 'search'; As = 'Summary' }
if ($StateDirectory) {
    $given.StateDirectory = $StateDirectory
}

$problems = @()
try {
    Import-Module $Module
    # Not stopped by the first error: the summary is written before them, and its exit code is the gravest.
    $summary = Invoke-ZombiePolicy @given -ErrorAction SilentlyContinue -ErrorVariable +problems
    $exit = ($summary | ConvertFrom-Json).exit ?? 3
}
catch {
    # What the engine throws has an exit code of its own; anything else was not done.
    $exit = [int]($_.Exception.ExitCode ?? 3)
    $id = ($_.FullyQualifiedErrorId -split ',')[0]
    $failure = [ordered]@{ errorId = $id; exit = $exit; says = $_.Exception.Message; nextStep = "$($_.ErrorDetails.RecommendedAction)" }
    $summary = [ordered]@{ schema = 'zombieops/1'; failures = @($failure); exit = $exit; exitReason = $id } | ConvertTo-Json -Compress -Depth 3
    $problems += $_
}

$summary
foreach ($problem in $problems) {
    $id = ($problem.FullyQualifiedErrorId -split ',')[0]
    Write-Error -ErrorAction Continue -ErrorId $id -Message "${id}: $problem; next: $($problem.ErrorDetails.RecommendedAction)"
}

exit $exit
