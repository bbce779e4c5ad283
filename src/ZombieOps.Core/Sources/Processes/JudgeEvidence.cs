using System.Globalization;
using ZombieOps.Model;
using ZombieOps.Text;

namespace ZombieOps.Sources.Processes;

/// <summary>Puts what was read into words.</summary>
internal static class JudgeEvidence
{
    /// <summary>The whole list: state, what the reader observed, parent, tracer, signals, age.</summary>
    public static IReadOnlyList<Evidence> List(ZombieFacts facts, ScanRequest request)
    {
        ProcessTarget target = facts.Target;
        var list = new List<Evidence>(facts.Observed.Count + 7);
        void Add(string fact, EvidenceState state, string source, string says) =>
            list.Add(new Evidence { Fact = fact, State = state, Source = source, Says = says, At = facts.ReadAt });

        string stat = $"/proc/{target.Pid}/stat";
        Add("State", EvidenceState.Dead, stat, $"its first thread is dead (state {target.State}){Exit(target.ExitStatus)}");
        list.AddRange(facts.Observed);
        if (facts.BootId.Length == 0)
        {
            Add("BootId", EvidenceState.Unknown, "/proc/sys/kernel/random/boot_id", "the boot id could not be read");
        }

        Parent(facts, Add);

        string status = $"/proc/{target.Pid}/status";
        if (facts.TracerPid is not { } tracer)
        {
            Add("Tracer", EvidenceState.Unknown, status, "its tracer could not be read");
        }
        else if (tracer == 0)
        {
            Add("Tracer", EvidenceState.Neutral, status, "no process traces it");
        }
        else
        {
            string name = facts.TracerCommand is { } command ? $"{tracer} ({Printable.Clean(command)})" : tracer.ToString(CultureInfo.InvariantCulture);
            Add("Tracer", CauseJudge.TracedByOther(facts) ? EvidenceState.Live : EvidenceState.Neutral, status, CauseJudge.TracedByOther(facts)
                ? $"process {name} traces it: its parent gets it only after that one has waited or ended"
                : $"its parent {name} traces it");
        }

        bool young = facts.Sighting.Age < request.MinAge;
        Add(
            "Age",
            young ? EvidenceState.Live : EvidenceState.Dead,
            "ledger",
            string.Create(CultureInfo.InvariantCulture, $"first seen {facts.Sighting.FirstSeen.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}, {facts.Sighting.Age.TotalSeconds:0.#} s ago, {(young ? "less than" : "at least")} the minimum of {request.MinAge.TotalSeconds:0.#} s; age counts from first sight in the ledger, not from process start"));
        return list;
    }

    private static void Parent(ZombieFacts facts, Action<string, EvidenceState, string, string> add)
    {
        int pid = facts.Target.ParentPid;
        string stat = $"/proc/{pid}/stat";
        if (facts.Parent is not { } parent)
        {
            add("Parent", EvidenceState.Unknown, $"/proc/{facts.Target.Pid}/stat", pid == 0 ? "its parent cannot be seen from this PID namespace (pid 0)" : $"its parent {pid} could not be read");
            return;
        }

        string user = parent.User ?? parent.UserId?.ToString(CultureInfo.InvariantCulture) ?? "unknown";
        string started = parent.StartedAt is { } at ? at.ToString("', started 'yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) : "";
        add("Parent", EvidenceState.Neutral, stat, $"its parent is {pid} ({Printable.Clean(parent.Command)}), user {Printable.Clean(user)}{started}");

        (EvidenceState state, string says) = parent.State switch
        {
            null => (EvidenceState.Unknown, "the parent's state could not be read"),
            'T' => (EvidenceState.Dead, "the parent is stopped (state T) and cannot wait until it is continued"),
            't' => (EvidenceState.Dead, "the parent is stopped by its tracer (state t) and cannot wait until that lets it go on"),
            'Z' or 'X' or 'x' => (EvidenceState.Dead, $"the parent's own first thread is dead (state {parent.State})"),
            'D' => (EvidenceState.Dead, "the parent is in uninterruptible sleep (state D) and cannot wait until that ends"),
            { } other => (EvidenceState.Neutral, $"the parent could wait (state {other})"),
        };
        add("ParentState", state, stat, says);

        if (CauseJudge.ParentIsContainerInit(facts))
        {
            add("ParentIsInit", EvidenceState.Neutral, $"/proc/{pid}/status", "the parent is process 1 of a container, which adopts every orphan in it and has to wait for them");
        }

        if (CauseJudge.IsCloneChild(facts) == true)
        {
            add("ExitSignal", EvidenceState.Dead, $"/proc/{facts.Target.Pid}/stat", string.Create(
                CultureInfo.InvariantCulture,
                $"it was made by clone with exit signal {facts.ExitSignal} and not SIGCHLD: whatever the parent does with SIGCHLD, only a wait with __WALL or __WCLONE finds it"));
        }

        (state, says) = (CauseJudge.HasSigChld(parent.SignalsIgnored), CauseJudge.HasSigChld(parent.SignalsCaught)) switch
        {
            (true, _) when CauseJudge.IsCloneChild(facts) != false => (CauseJudge.IsCloneChild(facts) == true ? EvidenceState.Neutral : EvidenceState.Unknown, "the parent ignores SIGCHLD, which frees only children whose exit signal is SIGCHLD"),
            (true, _) => (EvidenceState.Dead, "the parent ignores SIGCHLD, and began to after this child had died: that frees no existing zombie"),
            (null, _) or (_, null) => (EvidenceState.Unknown, "the parent's signal masks could not be read"),
            (_, true) => (EvidenceState.Neutral, "the parent catches SIGCHLD and has not waited for this child"),
            _ => (EvidenceState.Neutral, "the parent neither catches nor ignores SIGCHLD"),
        };
        add("Sigchld", state, $"/proc/{pid}/status", says);
    }

    /// <summary>A wait status in words (wait(2)).</summary>
    private static string Exit(int? status) => status switch
    {
        null => "",
        { } code when (code & 0x7f) == 0 => $", it exited with {(code >> 8) & 0xff}",
        { } code => $", it was killed by signal {code & 0x7f}",
    };
}
