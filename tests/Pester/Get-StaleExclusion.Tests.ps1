BeforeDiscovery {
    # As the .NET tests have it: named, or beside the repository.
    $beside = Join-Path $PSScriptRoot '..' '..' '..' 'shared' 'servers' 'search'
    $servers = $env:ZOMBIEOPS_SEARCH_SERVERS ? $env:ZOMBIEOPS_SEARCH_SERVERS : $beside
    $canStart = (Test-Path (Join-Path $servers 'up.sh')) -and (Get-Command java -CommandType Application -ErrorAction Ignore)
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'common.ps1')

    # A server on loopback that gives one answer to every request and keeps what it was asked.
    function Start-FakeServer([string] $Status, [string] $Body, [string] $Type = 'application/json') {
        $listener = [System.Net.Sockets.TcpListener]::new([ipaddress]::Loopback, 0)
        $listener.Start()
        $asked = [System.Collections.Concurrent.ConcurrentQueue[string]]::new()
        $shell = [powershell]::Create()
        [void] $shell.AddScript({
            param($listener, $asked, $answer)
            while ($true) {
                try { $client = $listener.AcceptTcpClient() } catch { return }
                $stream = $client.GetStream()
                $reader = [IO.StreamReader]::new($stream)
                $lines = while ($line = $reader.ReadLine()) { $line }
                $asked.Enqueue($lines -join "`n")
                $stream.Write([Text.Encoding]::UTF8.GetBytes($answer))
                $client.Dispose()
            }
        }).AddArgument($listener).AddArgument($asked).AddArgument(
            "HTTP/1.1 $Status`r`nContent-Type: $Type`r`nContent-Length: $([Text.Encoding]::UTF8.GetByteCount($Body))`r`nConnection: close`r`n`r`n$Body")
        [pscustomobject]@{ Uri = "http://127.0.0.1:$($listener.LocalEndpoint.Port)"; Asked = $asked; Listener = $listener; Shell = $shell; Running = $shell.BeginInvoke() }
    }

    function New-Secret([string] $Text) {
        [System.Net.NetworkCredential]::new('', $Text).SecurePassword
    }

    function Stop-FakeServer($Server) {
        $Server.Listener.Stop()
        [void] $Server.Shell.EndInvoke($Server.Running)
        $Server.Shell.Dispose()
    }
}

Describe 'Get-StaleExclusion' {
    BeforeEach {
        $state = New-StateDirectory
        $fake = $null
    }

    AfterEach {
        if ($fake) {
            Stop-FakeServer $fake
        }

        Remove-Item -Recurse -Force $state
    }

    It 'says that nothing answers, as a connection error that names the address' {
        $listener = [System.Net.Sockets.TcpListener]::new([ipaddress]::Loopback, 0)
        $listener.Start()
        $port = $listener.LocalEndpoint.Port
        $listener.Stop()
        $problem = { Get-StaleExclusion -Uri "http://127.0.0.1:$port" -StateDirectory $state } | Should -Throw -PassThru -ErrorId 'ServerUnreachable,ZombieOps.Cmdlets.Commands.GetStaleExclusionCommand'
        $problem.CategoryInfo.Category | Should -Be 'ConnectionError'
        $problem.Exception.Message | Should -BeLike "*127.0.0.1:$port*"
        $problem.ErrorDetails.RecommendedAction | Should -BeLike '*-TimeoutSec*'
        Get-ChildItem $state -Recurse | Should -HaveCount 0
    }

    It 'says that what answers is no search server' {
        $fake = Start-FakeServer '200 OK' '<html>welcome</html>' 'text/html'
        { Get-StaleExclusion $fake.Uri -StateDirectory $state } | Should -Throw -ErrorId 'NotASearchServer,*'
        $fake.Asked.Count | Should -BeGreaterThan 0
    }

    It 'refuses <What>' -ForEach @(
        @{ What = 'what is no address'; With = @{ Uri = 'nowhere' } }
        @{ What = 'a password in the address'; With = @{ Uri = 'http://u:hidden-in-url@127.0.0.1:1' } }
        @{ What = 'two ways to log in'; With = @{ Uri = 'http://127.0.0.1:1'; ApiKeyFile = '/etc/hostname'; BearerFile = '/etc/hostname' } }
        @{ What = 'a key file that is not there'; With = @{ Uri = 'http://127.0.0.1:1'; ApiKeyFile = '/nonexistent' } }
        @{ What = 'an owner whose drains have no bound'; With = @{ Uri = 'http://127.0.0.1:1'; DrainOwner = 'somebody' } }
        @{ What = 'a bound of nobody'; With = @{ Uri = 'http://127.0.0.1:1'; MaxDrain = '2h' } }
    ) {
        $problem = { Get-StaleExclusion @With -StateDirectory $state } | Should -Throw -PassThru -ErrorId 'BadArgument,*'
        $problem.CategoryInfo.Category | Should -Be 'InvalidArgument'
        "$($problem | Format-List * -Force | Out-String)" | Should -Not -Match 'hidden-in-url'
        # Advice is worth nothing if it names flags of the command line.
        $problem.ErrorDetails.RecommendedAction | Should -Not -Match '(^|\s)--'
        foreach ($named in [regex]::Matches($problem.ErrorDetails.RecommendedAction, '(?<=^|\s)-[A-Z]\w+').Value) {
            (Get-Command Get-StaleExclusion).Parameters.Keys | Should -Contain $named.TrimStart('-')
        }
    }

    It 'goes through the proxy that is named, with the whole address' {
        $fake = Start-FakeServer '503 Service Unavailable' '{"error":{"type":"x","reason":"busy"},"status":503}'
        { Get-StaleExclusion -Uri http://es.invalid:9200 -Proxy $fake.Uri -TimeoutSec 5 -StateDirectory $state } | Should -Throw
        @($fake.Asked)[0] | Should -BeLike 'GET http://es.invalid:9200/_cluster/settings*'
    }

    It 'takes a cloud id in place of an address' {
        $fake = Start-FakeServer '503 Service Unavailable' '{}'
        $id = 'mine:' + [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes('cloud.invalid$abc$def'))
        { Get-StaleExclusion -CloudId $id -Proxy $fake.Uri -TimeoutSec 5 -StateDirectory $state } | Should -Throw -ExpectedMessage '*abc.cloud.invalid*'
        @($fake.Asked)[0] | Should -BeLike 'CONNECT abc.cloud.invalid:443*'
    }

    It 'does not take a cloud id and an address' {
        { Get-StaleExclusion -Uri http://127.0.0.1:1 -CloudId a:b -StateDirectory $state } | Should -Throw -ErrorId 'AmbiguousParameterSet,*'
    }

    It 'hands over <Name>, and refuses what it cannot use' -ForEach @(
        @{ Name = 'CertFile'; With = @{ CertFile = '/nonexistent/c.pem' }; Says = '*/nonexistent/c.pem*' }
        @{ Name = 'KeyFile'; With = @{ KeyFile = '/nonexistent/k.pem' }; Says = '*cert-file*' }
        @{ Name = 'Proxy'; With = @{ Proxy = 'nowhere' }; Says = '*proxy*' }
        @{ Name = 'KubeContext'; With = @{ KubeContext = 'nowhere'; Kubeconfig = '/nonexistent/config' }; Says = '*' }
        @{ Name = 'KubeFile'; With = @{ KubeFile = '/nonexistent/a.json', '/nonexistent/b.json'; KubeNamespace = 'x' }; Says = '*' }
    ) {
        $problem = { Get-StaleExclusion http://127.0.0.1:1 -TimeoutSec 1 -StateDirectory $state @With } | Should -Throw -PassThru -ExpectedMessage $Says
        $problem.FullyQualifiedErrorId | Should -Not -BeLike 'ServerUnreachable*'
    }

    It 'refuses <Name> <Value> at the door' -ForEach @(
        @{ Name = 'TimeoutSec'; Value = 0; Id = 'ParameterArgumentValidationError,*' }
        @{ Name = 'MinAge'; Value = 5; Id = 'ParameterArgumentTransformationError,*' }
        @{ Name = 'MaxDrain'; Value = '5'; Id = 'ParameterArgumentTransformationError,*' }
        @{ Name = 'Verdict'; Value = 'Dead'; Id = 'CannotConvertArgumentNoMessage,*' }
    ) {
        $with = @{ $Name = $Value }
        { Get-StaleExclusion http://127.0.0.1:1 -StateDirectory $state @with } | Should -Throw -ErrorId $Id
    }

    It 'sends the credential and shows its password nowhere' {
        $fake = Start-FakeServer '401 Unauthorized' '{"error":{"type":"security_exception","reason":"no"},"status":401}'
        $secret = "T`u{fc}r-1 `"x"
        $credential = [pscredential]::new('reader', (New-Secret $secret))
        $caught = @{}
        $streams = & {
            try {
                Get-StaleExclusion $fake.Uri -Credential $credential -StateDirectory $state -Verbose -Debug
            }
            catch {
                $caught.Problem = $_
            }
        } *>&1
        $problem = $caught.Problem
        $problem.FullyQualifiedErrorId | Should -BeLike 'NotAuthorized,*'
        $problem.CategoryInfo.Category | Should -Be 'AuthenticationError'
        $encoded = [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes("reader:$secret"))
        @($fake.Asked)[0] | Should -Match "(?m)^Authorization: Basic $([regex]::Escape($encoded))$"
        $shown = "$($streams | Out-String)$($problem | Format-List * -Force | Out-String)$($problem.Exception | Format-List * -Force | Out-String)"
        $shown | Should -Not -Match ([regex]::Escape($secret))
        $shown | Should -Not -Match ([regex]::Escape($encoded))
        Get-ChildItem Env: | Where-Object Value -Like "*$secret*" | Should -BeNullOrEmpty
        Get-ChildItem $state -Recurse -File | Select-String -SimpleMatch $secret, $encoded | Should -BeNullOrEmpty
    }

    It 'does not take a credential together with another way to log in' {
        $credential = [pscredential]::new('reader', (New-Secret 'x'))
        { Get-StaleExclusion http://127.0.0.1:1 -Credential $credential -BearerFile /etc/hostname -StateDirectory $state } | Should -Throw -ErrorId 'BadArgument,*' -ExpectedMessage '*do not go together*'
    }

    It 'is named by Get-Zombie, which cannot take an address' {
        $problem = { Get-Zombie -Source search -StateDirectory $state } | Should -Throw -PassThru -ErrorId 'BadArgument,*'
        $problem.ErrorDetails.RecommendedAction | Should -BeLike '*Get-StaleExclusion -Uri*'
    }

    It 'offers the four verdicts without asking any server' {
        (Get-Completion 'Get-StaleExclusion http://127.0.0.1:1 -Verdict ').CompletionText | Sort-Object | Should -Be @('Protected', 'ReportOnly', 'Unknown', 'Zombie')
    }
}

Describe 'Get-StaleExclusion on a real OpenSearch (java and ZOMBIEOPS_SEARCH_SERVERS, the scripts that start one)' -Skip:(-not $canStart) {
    BeforeAll {
        $beside = Join-Path $PSScriptRoot '..' '..' '..' 'shared' 'servers' 'search'
        $servers = $env:ZOMBIEOPS_SEARCH_SERVERS ? $env:ZOMBIEOPS_SEARCH_SERVERS : $beside
        $run = New-StateDirectory
        $base = 160
        $uri = "http://127.0.0.$($base + 1):9200"
        $live = "127.0.0.$($base + 2)"
        $gone = '10.2.3.9'

        function Invoke-Script([string] $Name, [string[]] $With) {
            env "RUN=$run/run" "BASE=$base" bash (Join-Path $servers $Name) opensearch @With | Out-Null
            if ($LASTEXITCODE) {
                throw "$Name ended with $LASTEXITCODE"
            }
        }

        function Send([string] $Method, [string] $Path, $Body) {
            Invoke-RestMethod -NoProxy -Method $Method -Uri "$uri/$Path" -ContentType 'application/json' -Body ($Body | ConvertTo-Json -Depth 9)
        }

        $started = $false
        Invoke-Script up.sh 2
        $started = $true
        # The index comes after the mark, so the marked node never holds a shard.
        Send PUT _cluster/settings @{ persistent = @{ 'cluster.routing.allocation.exclude._ip' = "$live,$gone" } } | Out-Null
        Send PUT idx @{ settings = @{ number_of_shards = 2; number_of_replicas = 0 } } | Out-Null
        # Nothing has to last and no mark is too young.
        $at = @{ Uri = $uri; MinAge = 0; RestartTime = 0 }
    }

    AfterAll {
        if ($started) {
            Invoke-Script down.sh
        }

        Remove-Item -Recurse -Force $run
    }

    BeforeEach {
        $state = New-StateDirectory
        $at.StateDirectory = $state
    }

    AfterEach {
        Remove-Item -Recurse -Force $state
    }

    It 'calls a mark zombie whose node is gone, and one on a live node not' {
        $found = Get-StaleExclusion @at
        $found | Should -HaveCount 2
        $found[0].GetType().FullName | Should -Be 'ZombieOps.Model.Finding'
        $dead = $found | Where-Object { $_.Target.Entry -eq $gone }
        $dead.Verdict | Should -Be 'Zombie'
        $dead.Reason | Should -Be 'Gone'
        $idle = $found | Where-Object { $_.Target.Entry -eq $live }
        $idle.Verdict | Should -Be 'ReportOnly'
        # What is missing is named as it is given here.
        $idle.Evidence | Where-Object Fact -EQ Owner | ForEach-Object Says | Should -BeLike '*-DrainOwner NAME with -MaxDrain TIME*'
        ($found.Evidence | ForEach-Object { $_.Source; $_.Says }) -match '(^|\s)--\w' | Should -BeNullOrEmpty
        $idle.Target.Node | Should -Be 'opensearch-2'
        Get-StaleExclusion @at -Verdict Zombie | ForEach-Object { $_.Target.Entry } | Should -Be $gone
    }

    It 'calls none a zombie that has not been away for longer than a restart takes' {
        $at2 = $at.Clone()
        $at2.Remove('RestartTime')
        Get-StaleExclusion @at2 -Verdict Zombie | Should -BeNullOrEmpty
        (Get-StaleExclusion @at2 | Where-Object { $_.Target.Entry -eq $gone }).Reason | Should -Be 'TooYoung'
    }

    It 'tries the next address where one does not answer' {
        $at2 = $at.Clone()
        $at2.Uri = 'http://127.0.0.1:1', $uri
        Get-StaleExclusion @at2 | Should -HaveCount 2
    }

    It 'writes nothing with -NoLedger, and remembers without it' {
        Get-StaleExclusion @at -NoLedger | Should -HaveCount 2
        Get-ChildItem $state -Recurse | Should -HaveCount 0
        Get-StaleExclusion @at | Out-Null
        (Get-StaleExclusion @at)[0].AgeFrom | Should -Be 'Ledger'
    }

    It 'has a table of its own and the list of every finding' {
        $found = Get-StaleExclusion @at
        $lines = ($found | Out-String -Width 160) -replace '\e\[[0-9;]*m' -split "`n" | Where-Object { $_ -match '\S' }
        $lines[0].Trim() -split '\s+' | Should -Be @('Setting', 'Entry', 'Node', 'Verdict', 'Reason', 'Age')
        $lines | Where-Object { $_ -match 'persistent exclude\._ip +10\.2\.3\.9 +Zombie +Gone' } | Should -HaveCount 1
        $lines | Where-Object { $_ -match "persistent exclude\._ip +$([regex]::Escape($live)) +opensearch-2 +ReportOnly" } | Should -HaveCount 1
        $found | Format-List | Out-String -Width 500 | Should -Match 'PUT /_cluster/settings'
    }

    It 'protects what is exempt' {
        $file = Join-Path $state 'exemptions.json'
        @{ exemptions = @(@{ match = @{ id = (Get-StaleExclusion @at -Verdict Zombie).Id }; owner = 'ops'; reason = 'a test'; expires = '2999-01-01' }) } | ConvertTo-Json -Depth 5 | Set-Content $file
        (Get-StaleExclusion @at -ExemptionsFile $file | Where-Object { $_.Target.Entry -eq $gone }).Reason | Should -Be 'Exempt'
    }

    It 'finds what Clear-ZombieState -WhatIf would clear, over the same connection, and nothing changes' {
        $dead = Get-StaleExclusion @at -Verdict Zombie -NoLedger
        $before = Invoke-RestMethod -NoProxy "$uri/_cluster/settings" | ConvertTo-Json -Depth 9
        $would = $dead | Clear-ZombieState -StateDirectory $state -MinAge 0 -Remedy RemoveEntry -SourceOption @{ despite = 'disk' } -WhatIf -PassThru
        $would.Outcome | Should -Be 'WouldClear'
        Invoke-RestMethod -NoProxy "$uri/_cluster/settings" | ConvertTo-Json -Depth 9 | Should -Be $before
        Get-ChildItem $state -Recurse | Should -HaveCount 0
    }

    It 'names an option that the source does not have' {
        { Get-StaleExclusion @at -Verdict Zombie -NoLedger | Clear-ZombieState -StateDirectory $state -SourceOption @{ nope = '1' } -Confirm:$false } | Should -Throw -ErrorId 'BadArgument,*'
    }

    It 'needs a remedy by name' {
        Get-StaleExclusion @at -Verdict Zombie -NoLedger |
            Clear-ZombieState -StateDirectory $state -MinAge 0 -Confirm:$false -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'NoAllowedRemedy,*'
    }

    It 'clears one entry and leaves the others' {
        $done = Get-StaleExclusion @at -Verdict Zombie -NoLedger | Clear-ZombieState -StateDirectory $state -MinAge 0 -Remedy RemoveEntry -Watch 0 -SourceOption @{ settle = '0s'; despite = 'disk' } -Confirm:$false -PassThru
        $done.Outcome | Should -Be 'Cleared'
        $done.Facts['undo'] | Should -Match 'PUT /_cluster/settings'
        (Get-StaleExclusion @at -NoLedger).Target.Entry | Should -Not -Contain $gone
        (Get-StaleExclusion @at -NoLedger).Target.Entry | Should -Contain $live
    }
}
