#Requires -Version 7.4
<#
.SYNOPSIS
    Makes ZombieOps.VERSION.nupkg from a built module, by PSResourceGet through a repository that is a folder.
.DESCRIPTION
    The package is written again with sorted entries, one time for all, and a fixed name for its properties part, which packers name by chance. So the same
    module gives the same bytes.
.PARAMETER Module
    Directory of the built module.
.PARAMETER Output
    Directory for the package.
.PARAMETER Epoch
    Time of every entry, in seconds since 1970.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Module,
    [Parameter(Mandatory)] [string] $Output,
    [Parameter(Mandatory)] [long] $Epoch
)

$ErrorActionPreference = 'Stop'
if (-not (Get-Command Publish-PSResource -ErrorAction Ignore)) {
    throw 'packing the module needs Microsoft.PowerShell.PSResourceGet, which comes with PowerShell 7.4 and later'
}

function Get-Text($Entry) {
    $reader = [IO.StreamReader]::new($Entry.Open())
    try { $reader.ReadToEnd() } finally { $reader.Dispose() }
}

# A zip entry keeps local time without a zone, in steps of two seconds, and none before 1980.
$time = [DateTimeOffset]::FromUnixTimeSeconds([Math]::Max($Epoch - $Epoch % 2, 315532800))
$version = (Import-PowerShellDataFile (Join-Path $Module 'ZombieOps.psd1')).ModuleVersion
$scratch = (New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "zombieops-pack-$PID-$([guid]::NewGuid().ToString('N'))")).FullName
$name = "ZombieOps-pack-$PID"
try {
    # The directory is the module's name: of another one PSResourceGet would not know what it packs.
    $staged = Join-Path $scratch 'ZombieOps'
    Copy-Item -Recurse $Module $staged
    Register-PSResourceRepository -Name $name -Uri $scratch -Trusted
    Publish-PSResource -Path $staged -Repository $name -SkipDependenciesCheck

    $package = Join-Path (New-Item -ItemType Directory -Force $Output).FullName "ZombieOps.$version.nupkg"
    Remove-Item -Path $package -ErrorAction Ignore
    $from = [IO.Compression.ZipFile]::OpenRead((Join-Path $scratch "ZombieOps.$version.nupkg"))
    $to = [IO.Compression.ZipFile]::Open($package, 'Create')
    try {
        $properties = $from.Entries | Where-Object FullName -Like '*.psmdcp'
        $names = [string[]] $from.Entries.FullName
        [Array]::Sort($names, [StringComparer]::Ordinal)
        foreach ($entry in $names) {
            $source = $from.GetEntry($entry)
            $written = $to.CreateEntry(($entry -eq $properties.FullName ? $entry.Replace($properties.Name, 'properties.psmdcp') : $entry), 'Optimal')
            $written.LastWriteTime = $time
            # A file with mode 644 (the upper half is st_mode): what the build machine's file system said is left out.
            $written.ExternalAttributes = 0x81A40000
            $stream = $written.Open()
            try {
                if ($entry -eq '_rels/.rels') {
                    $number = @{ Next = 0 }
                    $text = (Get-Text $source).Replace($properties.Name, 'properties.psmdcp') -replace 'Id="[^"]*"', { "Id=""R$(($number.Next++))""" }
                    $bytes = [Text.Encoding]::UTF8.GetBytes($text)
                    $stream.Write($bytes, 0, $bytes.Length)
                }
                else {
                    $reading = $source.Open()
                    try { $reading.CopyTo($stream) } finally { $reading.Dispose() }
                }
            }
            finally {
                $stream.Dispose()
            }
        }
    }
    finally {
        $to.Dispose()
        $from.Dispose()
    }
}
finally {
    Unregister-PSResourceRepository -Name $name -ErrorAction Ignore
    Remove-Item -Recurse -Force $scratch
}

Write-Host "packed $package"
