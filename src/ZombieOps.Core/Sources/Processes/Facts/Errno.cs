namespace ZombieOps.Sources.Processes.Facts;

/// <summary>Names of the errors that reading procfs can give (errno(3)).</summary>
internal static class Errno
{
    /// <summary>The symbolic name, or <c>errno N</c>.</summary>
    public static string Name(int errno) => errno switch
    {
        1 => "EPERM",
        2 => "ENOENT",
        3 => "ESRCH",
        5 => "EIO",
        12 => "ENOMEM",
        13 => "EACCES",
        20 => "ENOTDIR",
        21 => "EISDIR",
        22 => "EINVAL",
        23 => "ENFILE",
        24 => "EMFILE",
        40 => "ELOOP",
        _ => $"errno {errno}",
    };
}
