# A small stand-in for the sandbox of Azure Automation, which a test machine cannot have. It defines the functions that the service has inside a job, takes away what a job does not have
# (HOME, TERM, a prompt), and runs one runbook the way a job does: parameters by name, streams apart, Completed or Failed by whether something was thrown.
# It says nothing about the real service but what the runbook asks of it.
[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSAvoidGlobalVars', '', Justification = 'A function that is called from the runbook sees no other variable of this script')]
param(
    [Parameter(Mandatory)] [string] $Runbook,
    # Parameters, variables, credentials and secrets of a vault, as one JSON document.
    [Parameter(Mandatory)] [string] $Job,
    # Where the streams and the status go, as one JSON document.
    [Parameter(Mandatory)] [string] $Result,
    # As a Linux hybrid worker at its barest: no functions for assets, no modules of the cloud.
    [switch] $HybridWorker
)

$given = Get-Content -Raw $Job | ConvertFrom-Json -AsHashtable
$global:FakeGiven = $given
$global:FakeCalls = [System.Collections.Generic.List[string]]::new()
if (-not $HybridWorker) {
    function global:Get-AutomationVariable([Parameter(Mandatory)] [string] $Name) {
        $global:FakeCalls.Add("Get-AutomationVariable $Name")
        $global:FakeGiven.variables[$Name] ?? (Write-Error "The variable $Name was not found." -ErrorId 'FakeNotFound')
    }

    function global:Get-AutomationPSCredential([Parameter(Mandatory)] [string] $Name) {
        $global:FakeCalls.Add("Get-AutomationPSCredential $Name")
        if (-not $global:FakeGiven.credentials[$Name]) {
            Write-Error "The credential $Name was not found." -ErrorId 'FakeNotFound'
            return
        }

        [pscredential]::new('zombieops', [Net.NetworkCredential]::new('', $global:FakeGiven.credentials[$Name]).SecurePassword)
    }

    function global:Disable-AzContextAutosave([string] $Scope) {
        $global:FakeCalls.Add("Disable-AzContextAutosave $Scope")
    }

    function global:Connect-AzAccount([switch] $Identity, [string] $AccountId) {
        $global:FakeCalls.Add("Connect-AzAccount $Identity $AccountId".Trim())
        # The real one writes an object: a runbook that lets it through has two documents on its output.
        [pscustomobject]@{ Context = 'signed in' }
    }

    function global:Get-AzKeyVaultSecret([string] $VaultName, [string] $Name) {
        $global:FakeCalls.Add("Get-AzKeyVaultSecret $VaultName $Name")
        if (-not ($global:FakeCalls -match '^Connect-AzAccount True')) {
            throw 'Run Connect-AzAccount to login.'
        }

        [pscustomobject]@{ Name = $Name; SecretValue = [Net.NetworkCredential]::new('', $global:FakeGiven.vault["$VaultName/$Name"]).SecurePassword }
    }
}

# What the service gives every job.
Set-Variable PSPrivateMetadata @{ JobId = [guid]::NewGuid() } -Scope Global
foreach ($name in 'HOME', 'TERM', 'USER') {
    [Environment]::SetEnvironmentVariable($name, $null)
}

$parameters = $given.parameters
$output = [System.Collections.Generic.List[object]]::new()
$errors = [System.Collections.Generic.List[object]]::new()
$warnings = [System.Collections.Generic.List[object]]::new()
$other = [System.Collections.Generic.List[object]]::new()
$status = 'Completed'
$exception = $null
try {
    & $Runbook @parameters *>&1 | ForEach-Object {
        switch ($_) {
            { $_ -is [System.Management.Automation.ErrorRecord] } { $errors.Add("$_"); break }
            { $_ -is [System.Management.Automation.WarningRecord] } { $warnings.Add("$_"); break }
            { $_ -is [System.Management.Automation.InformationRecord] -or $_ -is [System.Management.Automation.VerboseRecord] -or $_ -is [System.Management.Automation.DebugRecord] } { $other.Add("$_"); break }
            default { $output.Add($_) }
        }
    }
}
catch {
    $status = 'Failed'
    $exception = "$_"
}

[ordered]@{
    status = $status
    exception = $exception
    output = @($output | ForEach-Object { "$_" })
    errors = $errors
    warnings = $warnings
    other = $other
    calls = $global:FakeCalls
    environment = @([Environment]::GetEnvironmentVariables().GetEnumerator() | ForEach-Object { "$($_.Key)=$($_.Value)" })
    temporary = @(Get-ChildItem -Recurse -Force ([IO.Path]::GetTempPath()) | Where-Object Name -Like 'zombieops-*' | ForEach-Object FullName)
} | ConvertTo-Json -Depth 4 | Set-Content $Result
