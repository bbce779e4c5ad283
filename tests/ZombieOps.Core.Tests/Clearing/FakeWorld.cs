using ZombieOps.Model;
using ZombieOps.Sources;
using ZombieOps.Sources.Processes;

namespace ZombieOps.Core.Tests.Clearing;

/// <summary>A made-up system with things in it that can be cleared: counts every act, and can be told to misbehave.</summary>
internal sealed class FakeWorld : ISource, IActuator
{
    public const string Nudge = "Nudge";
    public const string Reap = "Reap";

    public Dictionary<string, Finding> Things { get; } = [];

    public List<(string Id, string Remedy)> Acts { get; } = [];

    public int ActuatorsOpened { get; private set; }

    /// <summary>What an act does; by default it removes the thing.</summary>
    public Func<FakeWorld, Finding, string, ActReport>? OnAct { get; set; }

    /// <summary>What happens right before every recheck.</summary>
    public Action<FakeWorld, Finding>? OnRecheck { get; set; }

    /// <summary>What happens right before every scan.</summary>
    public Action<FakeWorld>? OnScan { get; set; }

    public bool Blind { get; set; }

    public int Scanned { get; set; } = 1000;

    public string BootId { get; set; } = "boot-1";

    public bool Complete { get; set; } = true;

    public SourceRegistration Registration { get; } = new()
    {
        Name = "process",
        Summary = "a fake",
        Causes = [new CodeInfo("Why", "why")],
        Remedies =
        [
            new RemedyInfo("Wait", "waits", MustBeNamed: false),
            new RemedyInfo(Nudge, "nudges", MustBeNamed: false),
            new RemedyInfo(Reap, "reaps", MustBeNamed: true),
            new RemedyInfo("EndParent", "ends", MustBeNamed: true),
            new RemedyInfo("KillParent", "kills", MustBeNamed: true, Escalates: "EndParent"),
        ],
        TargetJson = SourceCatalog.All[0].TargetJson,
        Open = (_, _) => throw new NotSupportedException(),
    };

    public Finding Add(int pid, string? origin = null, Verdict verdict = Verdict.Zombie, string cause = "Why", params string[] remedies)
    {
        var finding = new Finding
        {
            Id = $"process:{BootId}:{pid}:{pid}",
            Source = "process",
            Kind = "ZombieProcess",
            Verdict = verdict,
            Reason = verdict == Verdict.Zombie ? "Abandoned" : verdict.ToString(),
            Cause = cause,
            Target = new ProcessTarget { Pid = pid, StartTime = (ulong)pid, Command = $"thing{pid}", State = "Z", User = "alice" },
            Origin = origin ?? $"origin-{pid}",
            Owner = [new OwnerLink { Kind = "Unit", Name = $"unit{pid}.service" }],
            FirstSeen = DateTimeOffset.UnixEpoch,
            Age = TimeSpan.FromMinutes(5),
            AgeFrom = AgeSource.Ledger,
            Remedies = [.. (remedies.Length == 0 ? [Reap] : remedies).Select(name => new RemedyOffer
            {
                Name = name, Does = $"{name} it", Harm = "none", Actionable = true, MustBeNamed = name is not (Nudge or "Wait"),
            })],
        };
        Things[finding.Id] = finding;
        return finding;
    }

    public ValueTask<ScanReport> ScanAsync(ScanRequest request, CancellationToken cancel)
    {
        OnScan?.Invoke(this);
        var report = new ScanReport
        {
            Host = "testhost",
            BootId = BootId,
            ScannedAt = DateTimeOffset.UtcNow,
            Complete = Complete,
            IncompleteBecause = Complete ? [] : ["half of it is dark"],
            Counts = new ScanCounts { Scanned = Scanned },
            Findings = [],
        };
        return ValueTask.FromResult(report.WithFindings([.. Things.Values.OrderBy(f => f.Id, StringComparer.Ordinal)]));
    }

    public ValueTask<Recheck> RecheckAsync(Finding finding, ScanRequest request, CancellationToken cancel)
    {
        OnRecheck?.Invoke(this, finding);
        if (Blind)
        {
            return ValueTask.FromResult(new Recheck(RecheckState.Unknown, null, "the look failed"));
        }

        return ValueTask.FromResult(Things.TryGetValue(finding.Id, out Finding? now)
            ? new Recheck(RecheckState.Present, now, "it is there")
            : new Recheck(RecheckState.Gone, null, "it is gone"));
    }

    public IActuator OpenActuator()
    {
        ActuatorsOpened++;
        return this;
    }

    public ValueTask<ActReport> ActAsync(Finding fresh, string remedy, ActSettings settings, CancellationToken cancel)
    {
        Acts.Add((fresh.Id, remedy));
        if (OnAct is not null)
        {
            return ValueTask.FromResult(OnAct(this, fresh, remedy));
        }

        Things.Remove(fresh.Id);
        return ValueTask.FromResult(new ActReport { Done = true, Says = "acted" });
    }

    public void Dispose()
    {
    }
}
