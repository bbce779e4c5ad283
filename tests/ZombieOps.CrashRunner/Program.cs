using System.Globalization;
using ZombieOps;
using ZombieOps.Clearing;
using ZombieOps.CrashRunner;
using ZombieOps.CrashRunner.Year;
using ZombieOps.Model;
using ZombieOps.Sources;
using ZombieOps.Sources.Processes.Remedies;
using ZombieOps.Sweeping;

if (args[0] == "search")
{
    return await SearchClear.RunAsync(args[1..]);
}

if (args[0] == "year")
{
    return await YearRun.RunAsync(args[1..]);
}

if (args[0] == "drain")
{
    return await Drain.RunAsync(args[1..]);
}

// Clears one process with the real engine, and ends itself by SIGKILL at the step that it is told: [sweep] STATE PID REMEDY[,REMEDY] DIE-AT (0: never) [SYSTEMCTL].
bool sweep = args[0] == "sweep";
args = sweep ? args[1..] : args;
(string state, string pid, string remedy, int dieAt) = (args[0], args[1], args[2], int.Parse(args[3], CultureInfo.InvariantCulture));
EngineOptions options = EngineOptions.FromEnvironment() with
{
    StateDirectory = state,
    ConfigDirectory = Path.Combine(state, "config"),
    ConfigDirectoryNamed = false,
    ReapMinimumAge = TimeSpan.Zero,
};
ISource real = SourceCatalog.All[0].Open(options, new Dictionary<string, string>());
// A stand-in for systemctl is the only thing that may be exchanged; everything else is what a user runs.
var source = new DyingSource(real, dieAt, () => args.Length > 4 ? new ProcessActuator(options, new LinuxProcessControl(args[4])) : real.OpenActuator());
using var engine = new ZombieEngine(options, source) { BetweenSteps = source.Step };
var request = new ClearRequest
{
    Allowed = remedy.Split(',', StringSplitOptions.RemoveEmptyEntries).ToHashSet(),
    Grace = TimeSpan.FromMilliseconds(remedy.Contains("Kill", StringComparison.Ordinal) ? 100 : 10_000),
    Limits = new ClearLimits { Watch = TimeSpan.FromMilliseconds(50) },
    Scan = new ScanSettings
    {
        MinAge = TimeSpan.Zero,
        Settle = TimeSpan.Zero,
        Filter = new FindingFilter(new Dictionary<string, IReadOnlyList<string>> { ["pid"] = [pid] }),
    },
};
if (sweep)
{
    SweepReport tick = await engine.SweepAsync(new SweepRequest { Clear = request });
    Console.WriteLine(ZombieJson.Write(tick));
    return tick.Exit;
}

using ClearingRun run = await engine.BeginAsync(request);
while (await run.NextAsync(default) is { } step)
{
    if (step.Result is null)
    {
        await run.ActAsync(step, default);
    }
}

ClearReport report = await run.EndAsync(default);
Console.WriteLine(ZombieJson.Write(report));
return (int)ReportExit.Of(report);
