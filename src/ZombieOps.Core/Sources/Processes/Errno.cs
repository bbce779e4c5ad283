namespace ZombieOps.Sources.Processes;

/// <summary>Error numbers of Linux that the process source meets (errno(3)).</summary>
internal static class Errno
{
    /// <summary>EPERM.</summary>
    public const int NotPermitted = 1;

    /// <summary>ENOENT.</summary>
    public const int NoEntry = 2;

    /// <summary>ESRCH.</summary>
    public const int NoProcess = 3;

    /// <summary>EINTR.</summary>
    public const int Interrupted = 4;

    /// <summary>EAGAIN.</summary>
    public const int Again = 11;

    /// <summary>ENOMEM.</summary>
    public const int NoMemory = 12;

    /// <summary>EACCES.</summary>
    public const int Access = 13;

    /// <summary>EINVAL.</summary>
    public const int Invalid = 22;

    /// <summary>ENOSYS.</summary>
    public const int NoSys = 38;

    /// <summary>Whether an error says that the process ended while it was looked at (node_exporter #1042: either may come).</summary>
    public static bool IsGone(int errno) => errno is NoEntry or NoProcess;

    /// <summary>Whether an error says that a right is missing.</summary>
    public static bool IsDenied(int errno) => errno is Access or NotPermitted;

    /// <summary>The symbolic name, or <c>errno N</c>.</summary>
    public static string Name(int errno) => errno switch
    {
        NotPermitted => "EPERM",
        NoEntry => "ENOENT",
        NoProcess => "ESRCH",
        Interrupted => "EINTR",
        5 => "EIO",
        Again => "EAGAIN",
        NoMemory => "ENOMEM",
        Access => "EACCES",
        20 => "ENOTDIR",
        21 => "EISDIR",
        Invalid => "EINVAL",
        23 => "ENFILE",
        24 => "EMFILE",
        NoSys => "ENOSYS",
        40 => "ELOOP",
        _ => $"errno {errno}",
    };
}
