using System.Text.Json.Serialization;
using ZombieOps.Model;
using ZombieOps.Text;

namespace ZombieOps.Sources.Processes;

/// <summary>A process.</summary>
public sealed record ProcessTarget : Target
{
    /// <inheritdoc/>
    public override string Type => "process";

    /// <summary>Process id in the scanner's PID namespace.</summary>
    public required int Pid { get; init; }

    /// <summary>Start of the process in clock ticks after boot (<c>/proc/PID/stat</c> field 22, proc_pid_stat(5)).</summary>
    public required ulong StartTime { get; init; }

    /// <summary>Command name as the kernel keeps it, at most 15 bytes; a zombie has no command line (proc(5)).</summary>
    public required string Command { get; init; }

    /// <summary>State letter (proc_pid_stat(5)).</summary>
    public required string State { get; init; }

    /// <summary>Parent's process id, as <c>stat</c> names it; 0 where it could not be read.</summary>
    public int ParentPid { get; init; }

    /// <summary>Real user id; null where it could not be read.</summary>
    public uint? UserId { get; init; }

    /// <summary>Real user's name, where the system's user list has one.</summary>
    public string? User { get; init; }

    /// <summary>Threads that the kernel still counts (<c>stat</c> field 20); 1 for a process whose only thread is dead.</summary>
    public int Threads { get; init; }

    /// <summary>Process ids in every PID namespace, outermost first (<c>NSpid</c>, since Linux 4.1).</summary>
    public IReadOnlyList<int> NamespacePids { get; init; } = [];

    /// <summary>
    /// Inode of the PID namespace that <see cref="Pid"/> counts in, the scanner's own; null where it could not be read. A plan that is used in
    /// another namespace would not see the process, and that must not look as if it were gone.
    /// </summary>
    public ulong? PidNamespace { get; init; }

    /// <summary>Exit status as <c>wait</c> would give it (<c>stat</c> field 52); null without the right to read it (ptrace read access).</summary>
    public int? ExitStatus { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Printable.Clean(Command)} ({Pid})";
}

/// <summary>Source-generated metadata of the process source's records.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ProcessTarget))]
internal sealed partial class ProcessJsonContext : JsonSerializerContext;
