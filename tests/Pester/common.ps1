# Dot-sourced by every test file: imports the module under test and makes real zombies.

if (-not (Get-Module ZombieOps)) {
    Import-Module ZombieOps -ErrorAction Stop
}

# Pester's TestDrive of a block outlives the parents that a test started, so their pids are kept for AfterEach.
$script:started = [System.Collections.Generic.List[System.Diagnostics.Process]]::new()

function Wait-Until([scriptblock] $Condition, [string] $What, [int] $Seconds = 10) {
    $deadline = [DateTime]::UtcNow.AddSeconds($Seconds)
    while (-not (& $Condition)) {
        if ([DateTime]::UtcNow -gt $deadline) {
            throw "timed out: $What"
        }

        Start-Sleep -Milliseconds 20
    }
}

function Get-ProcStat([int] $ProcessId) {
    try {
        # The name stands in brackets and may hold anything, so what follows is counted from the last one.
        $stat = [IO.File]::ReadAllText("/proc/$ProcessId/stat")
        $fields = $stat.Substring($stat.LastIndexOf(')') + 2).Split(' ')
        [pscustomobject]@{ State = $fields[0]; Parent = [int]$fields[1] }
    }
    catch [IO.IOException] {
        $null
    }
}

function Test-ZombieThere([int] $ProcessId) {
    (Get-ProcStat $ProcessId).State -eq 'Z'
}

function Get-ZombieChild([int] $ParentId) {
    foreach ($directory in [IO.Directory]::EnumerateDirectories('/proc')) {
        $id = 0
        if ([int]::TryParse([IO.Path]::GetFileName($directory), [ref] $id)) {
            $stat = Get-ProcStat $id
            if ($stat -and $stat.Parent -eq $ParentId -and $stat.State -eq 'Z') {
                $id
            }
        }
    }
}

# A parent that is asked for nothing but its own child, so that pwsh, which reaps what it started, never meets the zombie.
function Start-Parent([string] $Script) {
    $start = [System.Diagnostics.ProcessStartInfo]::new('/bin/sh')
    $start.ArgumentList.Add('-c')
    $start.ArgumentList.Add($Script)
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $process = [System.Diagnostics.Process]::Start($start)
    $script:started.Add($process)
    $process
}

# A zombie whose parent neither catches nor ignores SIGCHLD and never waits.
function New-Zombie([string] $Child = 'sleep 0.1') {
    $parent = Start-Parent "$Child & exec sleep 120"
    $found = @{}
    # Until the exec it is a shell that catches SIGCHLD, which is another cause.
    Wait-Until { [IO.File]::ReadAllText("/proc/$($parent.Id)/comm").Trim() -eq 'sleep' } "the parent $($parent.Id) is still a shell"
    Wait-Until { $found.Pid = Get-ZombieChild $parent.Id; $found.Pid } "the parent $($parent.Id) has no zombie"
    [pscustomobject]@{ Parent = $parent.Id; Pid = [int]$found.Pid }
}

# A zombie whose parent would reap it, were it not stopped.
function New-StoppedParentZombie {
    # It stops itself while its child still runs: no shell can reap it before.
    $parent = Start-Parent 'sleep 0.3 & kill -STOP $$; wait; exec sleep 120'
    $found = @{}
    Wait-Until { $found.Pid = Get-ZombieChild $parent.Id; $found.Pid } "the stopped parent $($parent.Id) has no zombie"
    [pscustomobject]@{ Parent = $parent.Id; Pid = [int]$found.Pid }
}

function Remove-Parent {
    foreach ($process in $script:started) {
        try {
            $process.Kill($true)
        }
        catch [InvalidOperationException] {
            Write-Debug "parent $($process.Id) had ended"
        }

        [void] $process.WaitForExit(5000)
        $process.Dispose()
    }

    $script:started.Clear()
}

function New-StateDirectory {
    $path = Join-Path ([IO.Path]::GetTempPath()) "zombieops-pester-$([guid]::NewGuid().ToString('N'))"
    New-Item -ItemType Directory -Path $path | Out-Null
    $path
}

# Records of the audit log, oldest first; none where there is no log.
function Get-AuditRecord([string] $StateDirectory) {
    Get-ChildItem -Path (Join-Path $StateDirectory 'audit') -File -Filter 'audit-*.jsonl' -ErrorAction Ignore |
        Sort-Object Name |
        Get-Content |
        ConvertFrom-Json
}

# Starts a child with nothing to answer a prompt with; gives exit code and output as text.
function Wait-Child([System.Diagnostics.ProcessStartInfo] $Start) {
    $Start.RedirectStandardOutput = $true
    $Start.RedirectStandardError = $true
    $Start.RedirectStandardInput = $true
    $process = [System.Diagnostics.Process]::Start($Start)
    $process.StandardInput.Close()
    $errors = $process.StandardError.ReadToEndAsync()
    $output = $process.StandardOutput.ReadToEnd()
    if (-not $process.WaitForExit(60000)) {
        $process.Kill($true)
        throw 'the child pwsh did not end'
    }

    [pscustomobject]@{ ExitCode = $process.ExitCode; Output = $output; Errors = $errors.GetAwaiter().GetResult() }
}

# A script in a pwsh of its own, with the module on its path; gives exit code and output as text.
function Invoke-Child([string] $Script, [string[]] $Option = @(), [hashtable] $Environment = @{}) {
    $start = [System.Diagnostics.ProcessStartInfo]::new((Join-Path $PSHOME 'pwsh'))
    foreach ($argument in @('-NoProfile') + $Option + @('-Command', $Script)) {
        $start.ArgumentList.Add($argument)
    }

    foreach ($name in $Environment.Keys) {
        $start.Environment[$name] = $Environment[$name]
    }

    Wait-Child $start
}

# What TAB would offer at the end of a line.
function Get-Completion([string] $Line) {
    [System.Management.Automation.CommandCompletion]::CompleteInput($Line, $Line.Length, $null).CompletionMatches
}
