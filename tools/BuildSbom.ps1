#Requires -Version 7.4
<#
.SYNOPSIS
    Writes a bill of materials (CycloneDX 1.5, JSON) of what one project ships, from the project.assets.json that its restore has left.
.DESCRIPTION
    Listed are the packages whose files are shipped, and with -Native those whose code the native compiler links in. What only builds (analyzers, reference
    assemblies) is not listed. The same restore, artefact and epoch give the same bytes.
.PARAMETER Assets
    Path of project.assets.json.
.PARAMETER Artifact
    The file that is described; its hash is in the bill.
.PARAMETER Name
    Name of what is described.
.PARAMETER Version
    Version of what is described.
.PARAMETER Native
    The artefact is an executable made by the native compiler.
.PARAMETER Epoch
    Time of the bill, in seconds since 1970.
.PARAMETER Output
    File to write.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Assets,
    [Parameter(Mandatory)] [string] $Artifact,
    [Parameter(Mandatory)] [string] $Name,
    [Parameter(Mandatory)] [string] $Version,
    [Parameter(Mandatory)] [long] $Epoch,
    [Parameter(Mandatory)] [string] $Output,
    [switch] $Native
)

$ErrorActionPreference = 'Stop'
$read = Get-Content -Raw $Assets | ConvertFrom-Json -AsHashtable
# A target for a runtime, where there is one, says what that runtime gets.
$target = $read.targets[($read.targets.Keys | Sort-Object Length | Select-Object -Last 1)]

function Get-Reference([string] $Key) {
    $package, $number = $Key -split '/'
    "pkg:nuget/$package@$number"
}

# A package's own hash, and the licence that it declares.
function Get-Component([string] $Key) {
    $package, $number = $Key -split '/'
    $folder = $read.packageFolders.Keys | ForEach-Object { Join-Path $_ $package.ToLowerInvariant() $number } | Where-Object { Test-Path $_ } | Select-Object -First 1
    if (-not $folder) {
        throw "the package $Key is not in $($read.packageFolders.Keys -join ', '): restore first"
    }

    $hash = (Get-Content -Raw (Get-ChildItem $folder -Filter '*.nupkg.sha512')).Trim()
    $about = ([xml](Get-Content -Raw (Get-ChildItem $folder -Filter '*.nuspec'))).package.metadata
    $component = [ordered]@{
        type      = 'library'
        'bom-ref' = Get-Reference $Key
        name      = $package
        version   = $number
        hashes    = @([ordered]@{ alg = 'SHA-512'; content = [Convert]::ToHexStringLower([Convert]::FromBase64String($hash)) })
    }
    if ($about.license.type -eq 'expression') {
        $component.licenses = @([ordered]@{ expression = $about.license.InnerText })
    }

    if ($about.copyright) {
        $component.copyright = $about.copyright
    }

    $component.purl = Get-Reference $Key
    $component
}

$shipped = @{}
$dependencies = @{}
foreach ($key in $target.Keys) {
    $entry = $target[$key]
    # "_._" stands for "nothing of this here".
    if ($entry.type -eq 'package' -and $entry.runtime -and ($entry.runtime.Keys | Where-Object { $_ -notlike '*/_._' })) {
        $shipped[$key] = $true
    }
}

if ($Native) {
    $framework = @($read.project.frameworks.Values)[0]
    foreach ($pack in $framework.downloadDependencies | Where-Object name -Match 'DotNet\.ILCompiler$|Runtime\.NativeAOT\.') {
        $shipped["$($pack.name)/$(($pack.version -split '[\[, \]]' | Where-Object { $_ })[0])"] = $true
    }
}

$keys = [string[]] $shipped.Keys
[Array]::Sort($keys, [StringComparer]::Ordinal)
$self = "pkg:generic/$Name@$Version"
foreach ($key in $keys) {
    $below = @($target[$key].dependencies.Keys | Where-Object { $_ } | ForEach-Object { $id = $_; $keys | Where-Object { $_ -like "$id/*" } } | Sort-Object)
    $dependencies[$key] = [string[]] @($below | ForEach-Object { Get-Reference $_ })
}

$sha256 = (Get-FileHash -Algorithm SHA256 $Artifact).Hash.ToLowerInvariant()
# A name-based UUID (RFC 9562, version 8): the bill of one artefact has one serial number.
$uuid = $sha256.Substring(0, 12) + '8' + $sha256.Substring(13, 3) + 'a' + $sha256.Substring(17, 15)
$bill = [ordered]@{
    '$schema'    = 'http://cyclonedx.org/schema/bom-1.5.schema.json'
    bomFormat    = 'CycloneDX'
    specVersion  = '1.5'
    serialNumber = "urn:uuid:$([guid]::ParseExact($uuid, 'N').ToString('D'))"
    version      = 1
    metadata     = [ordered]@{
        timestamp = [DateTimeOffset]::FromUnixTimeSeconds($Epoch).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", [cultureinfo]::InvariantCulture)
        component = [ordered]@{
            type      = 'application'
            'bom-ref' = $self
            name      = $Name
            version   = $Version
            hashes    = @([ordered]@{ alg = 'SHA-256'; content = $sha256 })
            licenses  = @([ordered]@{ expression = 'MIT' })
            purl      = $self
        }
    }
    components   = @($keys | ForEach-Object { Get-Component $_ })
    dependencies = @(
        [ordered]@{ ref = $self; dependsOn = [string[]] @($keys | ForEach-Object { Get-Reference $_ }) }
        foreach ($key in $keys) { [ordered]@{ ref = (Get-Reference $key); dependsOn = $dependencies[$key] } }
    )
}
[IO.File]::WriteAllText($Output, ($bill | ConvertTo-Json -Depth 10).ReplaceLineEndings("`n") + "`n")
Write-Host "wrote $Output"
