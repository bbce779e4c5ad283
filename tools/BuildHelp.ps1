#Requires -Version 7.4
<#
.SYNOPSIS
    Makes the help files that Get-Help reads (MAML) from docs/en-US.
.DESCRIPTION
    The pages say what things are for; names, types, positions and parameter sets come from the cmdlets themselves, so they cannot drift. A parameter without
    a paragraph, or a paragraph without a parameter, is an error. Run it in a pwsh of its own: it loads the module.
.PARAMETER Module
    Directory of the built module. The help goes to en-US in it.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Module,
    [string] $Docs = (Join-Path (Split-Path $PSScriptRoot) 'docs' 'en-US')
)

$ErrorActionPreference = 'Stop'
$common = [System.Management.Automation.PSCmdlet]::CommonParameters
$Module = (Resolve-Path $Module).Path
$destination = New-Item -ItemType Directory -Force (Join-Path $Module 'en-US')
Import-Module (Join-Path $Module 'ZombieOps.psd1')

# Sections of a page by heading, and within a section its parts by heading.
function Split-Page([string] $Text, [string] $Mark) {
    $parts = [ordered]@{}
    $inCode = $false
    $name = ''
    foreach ($line in $Text -split "`n") {
        if ($line.StartsWith('```')) {
            $inCode = -not $inCode
        }

        if (-not $inCode -and $line.StartsWith("$Mark ")) {
            $name = $line.Substring($Mark.Length + 1).Trim()
            $parts[$name] = ''
        }
        else {
            $parts[$name] += "$line`n"
        }
    }

    $parts
}

# Markdown to plain text: paragraphs are one line each, links are their text.
function Get-Paragraph([string] $Text) {
    $Text.Trim() -split '\n\s*\n' | Where-Object { $_ } | ForEach-Object {
        ($_ -replace '\s*\n\s*', ' ') -replace '\[([^\]]+)\]\([^)]+\)', '$1' -replace '`', ''
    }
}

function Get-Xml([string] $Text) {
    [Security.SecurityElement]::Escape($Text)
}

function Get-Para([string] $Text) {
    (Get-Paragraph $Text | ForEach-Object { "<maml:para>$(Get-Xml $_)</maml:para>" }) -join ''
}

function Get-ParameterXml($Parameter, $Set, [string] $Text) {
    $type = $Parameter.ParameterType
    $name = $type.IsArray ? "$($type.GetElementType().Name)[]" : $type.Name
    $pipeline = $Set.ValueFromPipeline ? 'True (ByValue)' : 'False'
    $position = $Set.Position -ge 0 ? $Set.Position : 'named'
    $wildcard = @($Parameter.Attributes | Where-Object { $_ -is [System.Management.Automation.SupportsWildcardsAttribute] }).Count -gt 0
    $value = $type -eq [switch] ? '' : "<command:parameterValue required=""true"" variableLength=""false"">$(Get-Xml $name)</command:parameterValue>"
    "<command:parameter required=""$($Set.IsMandatory)"" globbing=""$wildcard"" pipelineInput=""$pipeline"" position=""$position"" aliases=""$($Parameter.Aliases -join ', ')"">" +
    "<maml:name>$($Parameter.Name)</maml:name><maml:description>$(Get-Para $Text)</maml:description>$value" +
    "<dev:type><maml:name>$(Get-Xml $name)</maml:name></dev:type></command:parameter>"
}

function Get-CommandXml($Command) {
    $page = Split-Page (Get-Content -Raw (Join-Path $Docs "$($Command.Name).md")) '##'
    $texts = Split-Page $page['PARAMETERS'] '###'
    $documented = $texts.Keys | Where-Object { $_ } | ForEach-Object { $_.TrimStart('-') }
    $own = $Command.Parameters.Values | Where-Object Name -NotIn $common
    if ($drift = Compare-Object @($own.Name) @($documented)) {
        throw "$($Command.Name).md and the cmdlet differ in: $($drift.InputObject -join ', ')"
    }

    $syntax = foreach ($set in $Command.ParameterSets) {
        $items = $set.Parameters | Where-Object Name -NotIn $common | ForEach-Object { Get-ParameterXml $Command.Parameters[$_.Name] $_ '' }
        "<command:syntaxItem><maml:name>$($Command.Name)</maml:name>$($items -join '')</command:syntaxItem>"
    }
    $parameters = foreach ($parameter in $own | Sort-Object Name) {
        $set = $parameter.ParameterSets.Values | Select-Object -First 1
        Get-ParameterXml $parameter $set $texts["-$($parameter.Name)"]
    }
    $examples = foreach ($example in (Split-Page $page['EXAMPLES'] '###').GetEnumerator() | Where-Object Key) {
        $match = [regex]::Match($example.Value, '(?s)```powershell\n(.*?)```(.*)')
        "<command:example><maml:title>$(Get-Xml $example.Key)</maml:title><dev:code>$(Get-Xml $match.Groups[1].Value.TrimEnd())</dev:code>" +
        "<dev:remarks>$(Get-Para $match.Groups[2].Value)</dev:remarks></command:example>"
    }
    $links = [regex]::Matches($page['RELATED LINKS'], '\[([^\]]+)\]') | ForEach-Object {
        "<maml:navigationLink><maml:linkText>$(Get-Xml $_.Groups[1].Value)</maml:linkText><maml:uri/></maml:navigationLink>"
    }
    $verb, $noun = $Command.Name -split '-'
    "<command:command><command:details><command:name>$($Command.Name)</command:name><maml:description>$(Get-Para $page['SYNOPSIS'])</maml:description>" +
    "<command:verb>$verb</command:verb><command:noun>$noun</command:noun></command:details>" +
    "<maml:description>$(Get-Para $page['DESCRIPTION'])</maml:description><command:syntax>$($syntax -join '')</command:syntax>" +
    "<command:parameters>$($parameters -join '')</command:parameters>" +
    "<maml:alertSet><maml:alert>$(Get-Para $page['NOTES'])</maml:alert></maml:alertSet>" +
    "<command:examples>$($examples -join '')</command:examples><command:relatedLinks>$($links -join '')</command:relatedLinks></command:command>"
}

$commands = Get-Command -Module ZombieOps | Sort-Object Name | ForEach-Object { Get-CommandXml $_ }
$xml = '<?xml version="1.0" encoding="utf-8"?><helpItems schema="maml" xmlns="http://msh" ' +
    'xmlns:maml="http://schemas.microsoft.com/maml/2004/10" xmlns:command="http://schemas.microsoft.com/maml/dev/command/2004/10" ' +
    "xmlns:dev=""http://schemas.microsoft.com/maml/dev/2004/10"">$($commands -join '')</helpItems>"
([xml] $xml).Save((Join-Path $destination 'ZombieOps.Cmdlets.dll-Help.xml'))

foreach ($topic in Get-ChildItem $Docs -Filter 'about_*.md') {
    # Headings in capitals, as the topics that come with PowerShell have them; code stays indented.
    $lines = Get-Content $topic | Select-Object -Skip 1 | ForEach-Object { $_ -match '^#+ (.*)' ? $Matches[1].ToUpperInvariant() : $_ -replace '`', '' }
    @('TOPIC', "    $($topic.BaseName)") + $lines | Set-Content (Join-Path $destination "$($topic.BaseName).help.txt")
}
