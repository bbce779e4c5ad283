using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using ZombieOps.Model;
using ZombieOps.Sources.Processes.Parsing;

namespace ZombieOps.Sources.Processes.Facts;

/// <summary>A parent with what its children share of it.</summary>
/// <param name="Facts">What was read.</param>
/// <param name="Link">It as a link of the owner chain.</param>
/// <param name="Cgroup">Its owners; null where they could not be read.</param>
internal sealed record Parent(ParentFacts Facts, OwnerLink Link, CgroupOwners? Cgroup);

/// <summary>Reads parents, each once: thousands of zombies mostly share a few of them.</summary>
internal sealed class ParentReader(ProcDirectory proc, SelfFacts self, UserNames users, BootTime boot, Func<IReadOnlyList<string>, string> redact)
{
    private const int StatBytes = 2048;
    private const int StatusBytes = 8192;
    private const int CgroupBytes = 8192;
    private const int MostCommandBytes = 4096;

    private readonly ConcurrentDictionary<int, Lazy<Parent?>> known = new();

    /// <summary>The parent with that pid; null where nothing of it could be read.</summary>
    public Parent? Find(int pid) =>
        pid <= 0 ? null : known.GetOrAdd(pid, static (id, reader) => new Lazy<Parent?>(() => reader.Read(id)), this).Value;

    /// <summary>The process that a tracer's id belongs to (it may be a thread's) and its command.</summary>
    public (int Pid, string? Command) Tracer(int tracerPid)
    {
        if (tracerPid <= 0)
        {
            return (tracerPid, null);
        }

        using ProcDirectory? directory = proc.OpenPid(tracerPid, out _);
        if (directory is null)
        {
            return (tracerPid, null);
        }

        Span<byte> buffer = stackalloc byte[StatusBytes];
        int pid = StatusParser.TryParse(directory.ReadText("status\0"u8, buffer, out _), out StatusFacts status)
            && status.ThreadGroup is { } group ? group : tracerPid;
        return (pid, StatParser.TryParse(directory.ReadText("stat\0"u8, buffer, out _), out StatLine line) ? StatParser.Unescape(line.Name) : null);
    }

    private Parent? Read(int pid)
    {
        using ProcDirectory? directory = proc.OpenPid(pid, out _);
        if (directory is null)
        {
            return null;
        }

        Span<byte> buffer = stackalloc byte[StatBytes];
        StatFacts? stat = StatParser.TryParse(directory.ReadText("stat\0"u8, buffer, out _), out StatLine line) && line.Pid == pid
            ? new StatFacts(line)
            : null;

        Span<byte> large = stackalloc byte[StatusBytes];
        if (!StatusParser.TryParse(directory.ReadText("status\0"u8, large, out _), out StatusFacts status))
        {
            status = default;
        }

        ulong? link = directory.ReadNamespace("ns/pid\0"u8, out _);
        Span<byte> groups = stackalloc byte[CgroupBytes];
        CgroupOwners? cgroup = CgroupParser.TryParse(directory.ReadText("cgroup\0"u8, groups, out _), out CgroupOwners owners) ? owners
            : self.HasCgroups ? null
            : CgroupOwners.None;
        string? commandLine = CommandLine(directory);
        IReadOnlyList<int> pids = status.NamespacePids ?? [];

        var facts = new ParentFacts
        {
            Pid = pid,
            StartTime = stat?.StartTime,
            State = stat?.State,
            Command = stat?.Command ?? "",
            CommandLine = commandLine,
            Executable = Executable(directory),
            Threads = stat?.Threads ?? 0,
            IsKernelThread = stat?.IsKernelThread == true,
            UserId = status.UserId,
            User = users.Find(status.UserId),
            StartedAt = stat is { } started ? boot.At(started.StartTime) : null,
            SignalsCaught = status.SignalsCaught,
            SignalsIgnored = status.SignalsIgnored,
            TracerPid = status.TracerPid is { } tracer ? Tracer(tracer).Pid : null,
            Seccomp = status.Seccomp,
            NamespacePids = pids,
            InOurPidNamespace = self.IsOurNamespace(pids, link),
            Unit = cgroup?.Unit,
            UnitIsOfUser = cgroup?.UnitUserId is not null,
        };
        return new Parent(facts, Link(facts), cgroup);
    }

    private OwnerLink Link(ParentFacts facts)
    {
        var details = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        details["pid"] = facts.Pid.ToString(CultureInfo.InvariantCulture);
        void Add(string key, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                details[key] = value;
            }
        }

        Add("command", facts.CommandLine);
        Add("executable", facts.Executable);
        Add("user", facts.User ?? facts.UserId?.ToString(CultureInfo.InvariantCulture));
        Add("startedAt", facts.StartedAt?.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        Add("state", facts.State?.ToString());
        return new OwnerLink
        {
            Kind = "Parent",
            Name = facts.Command.Length > 0 ? facts.Command : facts.Pid.ToString(CultureInfo.InvariantCulture),
            Id = facts.StartTime is { } start && self.BootId.Length > 0 ? ProcessIdentity.Format(self.BootId, facts.Pid, start) : null,
            Details = details.ToImmutable(),
        };
    }

    private string? CommandLine(ProcDirectory directory)
    {
        byte[] bytes = directory.ReadAll("cmdline\0"u8, MostCommandBytes, out int errno);
        if (errno != 0)
        {
            return null;
        }

        // Before anything else sees it: a command line may hold a password.
        return redact(Ascii.Text(bytes.AsSpan().TrimEnd((byte)0)).Split('\0'));
    }

    private static string? Executable(ProcDirectory directory)
    {
        const string Deleted = " (deleted)";
        string? path = directory.ReadLink("exe\0"u8, out _);
        if (path is null)
        {
            return null;
        }

        if (path.EndsWith(Deleted, StringComparison.Ordinal))
        {
            path = path[..^Deleted.Length];
        }

        return path[(path.LastIndexOf('/') + 1)..];
    }
}
