using ZombieOps.Bench;

// Each measurement prints its own ratio against what a user would pick instead, taken in the same run.
return args switch
{
    ["scan", .. var rest] => ScanBench.Run(rest),
    ["audit", ..] => AuditBench.Run(),
    ["startup", var executable] => StartupBench.Run(executable),
    ["import", var module] => ImportBench.Run(module),
    ["search", .. var rest] => SearchBench.Run(rest),
    ["search-server-elasticsearch"] => SearchServer.Run(openSearch: false),
    ["search-server-opensearch"] => SearchServer.Run(openSearch: true),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        usage: dotnet run -c Release --project bench/ZombieOps.Bench -- MEASUREMENT
          scan [LIVE ZOMBIES [ZOMBIEOPS]]   the scan against a C loop and ps (needs cc; as root to raise pid_max)
          audit                             appending to the audit log, in groups and one by one
          startup ZOMBIEOPS                 --version and an empty scan of the native executable
          import MODULE                     Import-Module in a running pwsh
          search [ZOMBIEOPS]                the scan of a large search cluster against reading its JSON and curl | jq
        """);
    return 2;
}
