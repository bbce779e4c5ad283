using System.Globalization;
using System.Runtime.InteropServices;
using ZombieOps.Clearing;
using ZombieOps.Model;
using ZombieOps.Sources;
using ZombieOps.Sources.Search;

namespace ZombieOps.CrashRunner;

/// <summary>Clears, marks or unmarks one entry of a search cluster with the real engine, and ends itself by SIGKILL at the step that it is told: STATE URL ENTRY DIE-AT (0: never) [mark|unmark].</summary>
internal static class SearchClear
{
    public static async Task<int> RunAsync(string[] args)
    {
        (string state, string url, string entry, int dieAt) = (args[0], args[1], args[2], int.Parse(args[3], CultureInfo.InvariantCulture));
        int steps = 0;
        EngineOptions options = EngineOptions.FromEnvironment() with { StateDirectory = state, ConfigDirectory = Path.Combine(state, "config"), ConfigDirectoryNamed = false };
        var values = new Dictionary<string, string> { ["url"] = url, ["restart-time"] = "0", ["settle"] = "10ms", ["despite"] = "disk,relocation" };
        using var source = new SearchSource(options, values, connection => new Counting(Step, Sources.Search.Client.Handlers.Create(connection)));
        using var engine = new ZombieEngine(options, source);
        if (args.Length > 4)
        {
            ClearReport report = await engine.MarkAsync(new MarkRequest(entry, "crash-test") { TakeAway = args[4] == "unmark", For = TimeSpan.FromHours(1), Why = "to be killed" });
            await Console.Out.WriteLineAsync(string.Join("; ", [report.Results[0].Says, .. report.Warnings]));
            return (int)ReportExit.Of(report);
        }

        using ClearingRun run = await engine.BeginAsync(new ClearRequest
        {
            Allowed = new HashSet<string> { SearchRemedies.RemoveEntry },
            Limits = SearchSource.Register.Limits with { Watch = TimeSpan.Zero },
            Scan = new ScanSettings { MinAge = TimeSpan.Zero, Filter = new FindingFilter(new Dictionary<string, IReadOnlyList<string>> { ["entry"] = [entry] }) },
        });
        while (await run.NextAsync(default) is { } step)
        {
            if (step.Result is null)
            {
                await run.ActAsync(step, default);
            }
        }

        return (int)ReportExit.Of(await run.EndAsync(default));

        void Step()
        {
            if (Interlocked.Increment(ref steps) == dieAt)
            {
                _ = kill(Environment.ProcessId, 9);
                Thread.Sleep(Timeout.Infinite);
            }
        }
    }

    /// <summary>
    /// A step before and after every request but those that only sample: everything that a run does to a cluster and to its log lies between two of them. A
    /// request that changes something has one more while it is under way.
    /// </summary>
    private sealed class Counting(Action step, HttpMessageHandler real) : DelegatingHandler(real)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            bool writes = request.Method != HttpMethod.Get && request.Method != HttpMethod.Post;
            bool counts = writes || !request.RequestUri!.PathAndQuery.StartsWith("/_cluster/settings", StringComparison.Ordinal);
            if (!counts)
            {
                return await base.SendAsync(request, cancellationToken);
            }

            step();
            Task<HttpResponseMessage> sent = base.SendAsync(request, cancellationToken);
            if (writes)
            {
                await Task.Delay(2, CancellationToken.None);
                step();
            }

            HttpResponseMessage response = await sent;
            step();
            return response;
        }
    }

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int pid, int signal);
}
