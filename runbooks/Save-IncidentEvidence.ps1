<#
.SYNOPSIS
    Collects what is known of an incident into one archive for a ticket, and changes nothing.
.DESCRIPTION
    Scans once more without writing to the ledger, and puts beside that what ZombieOps has kept: the audit log, the ledger and the metrics, copied as they are. A manifest names every file
    with its SHA-256. No policy, configuration, environment or credential is collected, and audit records and findings were redacted when they were made. Read the archive before it leaves
    the house all the same: it names hosts, users and commands.

    zombies.jsonl         every finding of the process table, one line of JSON each
    policy.json           what the policy would do now, for all of its sources, where -PolicyPath is given
    proc/                 /proc/version, uptime, loadavg, meminfo, and the limits of processes
    state/                audit, ledger, sweep and metrics of the state directory
    problems.json         what could not be seen or copied
    manifest.json         when, where, by whom, and every other file with size and SHA-256

    The output is one line of JSON and nothing else: the archive, its SHA-256, and what is missing. Errors go to the error stream, each with its id.

    Exit codes: 0 all is collected, 2 an argument cannot be used, 3 something is missing, 5 the archive cannot be written.
.PARAMETER OutputDirectory
    Where the archive goes. The directory is made if it is not there.
.PARAMETER Ticket
    Number of the ticket, for the archive's name and the manifest: letters, digits, dots, underscores and dashes.
.PARAMETER PolicyPath
    A policy whose sources are looked at as well, search clusters among them. Nothing of it is carried out.
.PARAMETER StateDirectory
    Directory of the ledger and the audit log. By default the one that ZOMBIEOPS_STATE names, and /var/lib/zombieops for root.
.PARAMETER Module
    Name or path of the module. A name is looked for where all users' modules are, because cron and systemd may give no HOME.
.PARAMETER WhatIf
    Says in the output where the archive would be, and writes no file at all.
.PARAMETER Confirm
    Taken and without effect: nothing that it could ask of is changed.
.EXAMPLE
    pwsh -NoProfile -NonInteractive -File ./Save-IncidentEvidence.ps1 -Ticket OPS-17 -OutputDirectory /var/tmp | jq -r .archive

    Collects, and prints the path of the archive.
.EXAMPLE
    pwsh -NoProfile -NonInteractive -File ./Save-IncidentEvidence.ps1 -Ticket OPS-17 -PolicyPath /etc/zombieops/policy.yaml

    Looks at the search clusters of the policy as well.
.LINK
    https://github.com/zombieops/zombieops/blob/main/docs/runbooks.md
#>

#Requires -Version 7.4
[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSShouldProcess', '', Justification = 'What -WhatIf would print belongs into the one JSON document')]
[CmdletBinding(SupportsShouldProcess)]
param(
    [string] $OutputDirectory = '/var/tmp',
    [string] $Ticket = 'incident',
    [string] $PolicyPath = '',
    [string] $StateDirectory = '',
    [string] $Module = 'ZombieOps'
)

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
# A log is no terminal.
$PSStyle.OutputRendering = 'PlainText'
$WarningPreference = 'SilentlyContinue'
$dryRun = [bool]$WhatIfPreference
$WhatIfPreference = $false
$ConfirmPreference = 'None'
$began = [DateTime]::UtcNow
$result = [ordered]@{ schema = 'zombieops/1'; ticket = $Ticket; startedAt = $began.ToString('o'); dryRun = $dryRun; archive = $null; sha256 = $null; files = 0; findings = 0 }
$problems = @()
$work = $null
$archive = $null
try {
    if ($Ticket -notmatch '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$') {
        throw [Management.Automation.ErrorRecord]::new([ArgumentException]::new("'$Ticket' is no ticket: use letters, digits, dots, underscores and dashes"), 'BadArgument', 'InvalidArgument', $Ticket)
    }

    Import-Module $Module
    $name = "zombieops-$Ticket-$([Environment]::MachineName)-$($began.ToString('yyyyMMdd''T''HHmmss''Z'''))"
    $archive = Join-Path ([IO.Path]::GetFullPath($OutputDirectory)) "$name.zip"
    if ($dryRun) {
        $result.archive = $archive
    }
    else {
        # Readable by nobody else while it is being made, and after.
        $owner = [IO.UnixFileMode]'UserRead, UserWrite, UserExecute'
        $work = Join-Path ([IO.Directory]::CreateDirectory($OutputDirectory).FullName) ".$name"
        foreach ($directory in $work, "$work/proc", "$work/state") {
            [IO.Directory]::CreateDirectory($directory, $owner) | Out-Null
        }

        # What one look cannot give keeps nothing else out of the archive.
        $findings = @()
        try {
            $findings = @(Get-Zombie -NoLedger -ErrorAction SilentlyContinue -ErrorVariable +problems)
        }
        catch {
            $problems += $_
        }

        [IO.File]::WriteAllLines("$work/zombies.jsonl", [string[]]@($findings | ForEach-Object { [ZombieOps.ZombieJson]::Write[ZombieOps.Model.Finding]($_, $false) }))
        $result.findings = $findings.Count
        if ($PolicyPath) {
            $told = @()
            try {
                [IO.File]::WriteAllText("$work/policy.json", (Invoke-ZombiePolicy -Path $PolicyPath -As Json -WhatIf -ErrorAction SilentlyContinue -ErrorVariable +told))
            }
            catch {
                $told += $_
            }

            # That zombies are left, or are more than a limit allows, is the incident and no gap in what was collected.
            $problems += $told | Where-Object { [int]$_.Exception.ExitCode -notin 1, 4 }
        }

        foreach ($file in 'version', 'uptime', 'loadavg', 'meminfo', 'sys/kernel/pid_max', 'sys/kernel/threads-max') {
            # Read and not copied: files of procfs have no size.
            Get-Content "/proc/$file" -ErrorAction SilentlyContinue -ErrorVariable +problems | Set-Content "$work/proc/$($file -replace '/', '-')"
        }

        $state = $StateDirectory ? [IO.Path]::GetFullPath($StateDirectory) : [ZombieOps.EngineOptions]::FromEnvironment().StateDirectory
        if ($state) {
            foreach ($part in 'audit', 'ledger', 'sweep', 'metrics' | Where-Object { Test-Path "$state/$_" }) {
                Copy-Item -Recurse "$state/$part" "$work/state/$part" -ErrorAction SilentlyContinue -ErrorVariable +problems
            }
        }

        ConvertTo-Json -InputObject @($problems | ForEach-Object { [ordered]@{ errorId = ($_.FullyQualifiedErrorId -split ',')[0]; says = "$_" } }) | Set-Content "$work/problems.json"
        $files = @(Get-ChildItem $work -Recurse -File | Sort-Object FullName | ForEach-Object {
                [ordered]@{ path = [IO.Path]::GetRelativePath($work, $_.FullName); bytes = $_.Length; sha256 = (Get-FileHash -Algorithm SHA256 $_.FullName).Hash.ToLowerInvariant() }
            })
        [ordered]@{
            schema = 'zombieops/1'; ticket = $Ticket; host = [Environment]::MachineName; user = [Environment]::UserName; collectedAt = $began.ToString('o')
            zombieops = "$((Get-Command Get-Zombie).Version)"; stateDirectory = $state; files = $files
        } | ConvertTo-Json -Depth 4 | Set-Content "$work/manifest.json"
        [IO.Compression.ZipFile]::CreateFromDirectory($work, $archive)
        [IO.File]::SetUnixFileMode($archive, [IO.UnixFileMode]'UserRead, UserWrite')
        $result.archive = $archive
        $result.sha256 = (Get-FileHash -Algorithm SHA256 $archive).Hash.ToLowerInvariant()
        $result.files = $files.Count + 1
    }

    $exit = $problems ? 3 : 0
    $reason = $problems ? 'Incomplete' : 'Clean'
}
catch {
    $reason = ($_.FullyQualifiedErrorId -split ',')[0]
    # Before there is a name for the archive nothing was to be written.
    $unwritable = $archive -and ($_.Exception.GetBaseException() -is [UnauthorizedAccessException] -or $_.Exception.GetBaseException() -is [IO.IOException])
    $exit = [int]($_.Exception.ExitCode ?? ($reason -eq 'BadArgument' ? 2 : $unwritable ? 5 : 3))
    $problems += $_
}
finally {
    if ($work) {
        Remove-Item -Recurse -Force $work -ErrorAction Ignore
    }
}

$result.failures = @($problems | Select-Object -First 20 | ForEach-Object { [ordered]@{ errorId = ($_.FullyQualifiedErrorId -split ',')[0]; says = "$_"; nextStep = "$($_.ErrorDetails.RecommendedAction)" } })
$result.exit = $exit
$result.exitReason = $reason
$result | ConvertTo-Json -Compress -Depth 4
foreach ($problem in $problems) {
    $id = ($problem.FullyQualifiedErrorId -split ',')[0]
    Write-Error -ErrorAction Continue -ErrorId $id -Message "${id}: $problem; next: $($problem.ErrorDetails.RecommendedAction)"
}

exit $exit
