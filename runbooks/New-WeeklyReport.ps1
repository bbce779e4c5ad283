<#
.SYNOPSIS
    Writes a report of the last seven days, or of another period, as HTML, CSV or JSON.
.DESCRIPTION
    Calls Export-ZombieReport: incidents, evidence, who decided, what was done, how it was verified, exemptions in force, gaps in scanning, and whether the audit log verifies. It reads only;
    the report is the one file that it writes, whole or not at all.

    The output is one line of JSON and nothing else: where the report is, its SHA-256, period, totals, and what somebody has to look at, twenty entries at most. Errors go to the error
    stream, each with its id.

    Exit codes: 0 nothing to look at, 1 something to look at, 2 an argument or the place of the file cannot be used, 3 the report is not all that happened, 5 a permission.
.PARAMETER Path
    The file to write. One that is there is replaced. Empty for zombieops-DATE.html in the current directory.
.PARAMETER Format
    Html, Csv or Json. Empty for what the name of the file says, and HTML where it says nothing.
.PARAMETER From
    Beginning of the period: a date, a time, or a duration before now such as -7d.
.PARAMETER To
    End of the period, or now. A date alone counts that whole day in.
.PARAMETER StateDirectory
    Directory of the ledger and the audit log. By default the one that ZOMBIEOPS_STATE names, and /var/lib/zombieops for root.
.PARAMETER Anchor
    A record that has to be in the audit log unchanged, as zombieops audit anchor printed it.
.PARAMETER Module
    Name or path of the module. A name is looked for where all users' modules are, because cron and systemd may give no HOME.
.PARAMETER WhatIf
    Makes the report for its summary and writes no file.
.PARAMETER Confirm
    Asks before the file is written.
.EXAMPLE
    pwsh -NoProfile -NonInteractive -File ./New-WeeklyReport.ps1 -Path /srv/reports/zombieops.html

    The last seven days, as a page to read and print.
.EXAMPLE
    pwsh -NoProfile -NonInteractive -File ./New-WeeklyReport.ps1 -Path /srv/reports/october.json -From 2026-10-01 -To 2026-10-31 | jq .attention

    A month, and what somebody has to look at.
.LINK
    https://github.com/zombieops/zombieops/blob/main/docs/runbooks.md
#>

#Requires -Version 7.4
[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSShouldProcess', '', Justification = 'Export-ZombieReport asks, by the preferences that -WhatIf and -Confirm set here')]
[CmdletBinding(SupportsShouldProcess)]
param(
    [string] $Path = '',
    [string] $Format = '',
    [string] $From = '-7d',
    [string] $To = 'now',
    [string] $StateDirectory = '',
    [string] $Anchor = '',
    [string] $Module = 'ZombieOps'
)

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
# A log is no terminal.
$PSStyle.OutputRendering = 'PlainText'
$WarningPreference = 'SilentlyContinue'
$dryRun = [bool]$WhatIfPreference
$file = [IO.Path]::GetFullPath($Path ? $Path : "zombieops-$([DateTime]::UtcNow.ToString('yyyy-MM-dd')).html", (Get-Location).ProviderPath)
$given = @{ Path = $file; From = $From; To = $To }
foreach ($name in 'Format', 'StateDirectory', 'Anchor') {
    if ($value = Get-Variable $name -ValueOnly) {
        $given[$name] = $value
    }
}

$result = [ordered]@{ schema = 'zombieops/1'; path = $file; dryRun = $dryRun; sha256 = $null }
$problems = @()
try {
    Import-Module $Module
    if ($dryRun) {
        # A shell without a host for a dry run: "What if:" would stand beside the JSON.
        $shell = [powershell]::Create().AddCommand('Import-Module').AddParameter('Name', $Module).AddStatement().AddCommand('Export-ZombieReport').AddParameters($given).AddParameter('WhatIf')
        $report = $shell.Invoke() | Select-Object -First 1
        if ($shell.HadErrors -or -not $report) {
            throw $shell.Streams.Error[0]
        }
    }
    else {
        $report = Export-ZombieReport @given
    }

    $result.from = $report.From
    $result.to = $report.To
    $result.host = $report.Host
    $result.totals = [ZombieOps.ZombieJson]::Write[ZombieOps.Reports.ReportTotals]($report.Totals, $false) | ConvertFrom-Json
    $result.attention = @($report.Attention | Select-Object -First 20 | ForEach-Object { [ordered]@{ grade = "$($_.Grade)"; code = $_.Code; says = $_.Says } })
    $result.attentionLeftOut = [Math]::Max(0, $report.Attention.Count - 20)
    $result.sha256 = $dryRun ? $null : (Get-FileHash -Algorithm SHA256 $file).Hash.ToLowerInvariant()
    $exit = $report.Exit ?? 3
    $reason = $report.ExitReason
}
catch {
    # What the engine throws has an exit code of its own; anything else was not done.
    $problem = $_
    $exit = [int]($problem.Exception.ExitCode ?? 3)
    $reason = ($problem.FullyQualifiedErrorId -split ',')[0]
    $problems += $problem
}

$result.failures = @($problems | ForEach-Object { [ordered]@{ errorId = $reason; exit = $exit; says = $_.Exception.Message; nextStep = "$($_.ErrorDetails.RecommendedAction)" } })
$result.exit = $exit
$result.exitReason = $reason
$result | ConvertTo-Json -Compress -Depth 4
foreach ($problem in $problems) {
    Write-Error -ErrorAction Continue -ErrorId $reason -Message "${reason}: $problem; next: $($problem.ErrorDetails.RecommendedAction)"
}

exit $exit
