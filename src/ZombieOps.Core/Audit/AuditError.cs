using Microsoft.Win32.SafeHandles;
using ZombieOps.Files;

namespace ZombieOps.Audit;

/// <summary>The errors of the audit log, with their next steps.</summary>
internal static class AuditError
{
    public static ZombieOpsException Unwritable(string directory, Exception cause)
    {
        string path = (cause as PosixException)?.Path ?? directory;
        // An IOException of .NET carries the errno as its HResult.
        int errno = (cause as PosixException)?.Errno ?? ((cause as IOException) ?? (cause.InnerException as IOException))?.HResult ?? 0;
        string next = errno switch
        {
            Posix.ENOSPC or Posix.EDQUOT => $"free space on the file system of {directory}, or name another directory with --state or ZOMBIEOPS_STATE",
            Posix.EROFS => "name a directory that can be written with --state or ZOMBIEOPS_STATE",
            Posix.EACCES or Posix.EPERM => $"run as the owner of {directory}, or name another directory with --state or ZOMBIEOPS_STATE",
            Posix.ELOOP => $"find out who put a symbolic link at {path} and remove it",
            _ => $"check the file system of {directory}, or name another directory with --state or ZOMBIEOPS_STATE",
        };
        string says = errno == Posix.ELOOP ? "it is a symbolic link" : OneLine(cause.Message);
        return new ZombieOpsException(ErrorIds.AuditUnwritable, ExitCode.NotPermitted, $"cannot write the audit log {path}: {says}", next, cause);
    }

    public static ZombieOpsException Unreadable(string path, Exception cause) => new(
        ErrorIds.AuditUnwritable,
        ExitCode.NotPermitted,
        $"cannot read the audit log {path}: {OneLine(cause.Message)}",
        "run as a user who may read it",
        cause);

    public static ZombieOpsException Busy(string directory, TimeSpan timeout) => new(
        ErrorIds.AuditBusy,
        ExitCode.NotPermitted,
        $"the audit log is held by another process for more than {timeout.TotalSeconds:0.#} s ({AuditPaths.Lock(directory)})",
        $"see who holds it with 'fuser {AuditPaths.Lock(directory)}' and try again");

    /// <summary>The lock of a reader, against writers only; null where a reader may not have one.</summary>
    public static SafeFileHandle? LockToRead(string directory, TimeSpan timeout, CancellationToken cancel)
    {
        try
        {
            return FileLock.TakeShared(AuditPaths.Lock(directory), timeout, cancel);
        }
        catch (TimeoutException)
        {
            throw Busy(directory, timeout);
        }
    }

    public static ZombieOpsException TooLarge(int bytes) => new(
        ErrorIds.AuditUnwritable,
        ExitCode.NotPermitted,
        $"a record of {bytes} bytes is too large for the audit log, which takes {AuditLine.MaxLength}",
        "report this: no finding should be that large");

    public static ZombieOpsException Broken(string path, string what) => new(
        ErrorIds.AuditBroken,
        ExitCode.NotPermitted,
        $"the audit log cannot be continued: {path}: {what}",
        "run 'zombieops audit verify'; then move the directory away as evidence, and a new log begins");

    public static ZombieOpsException Damaged(AuditFault fault) => new(
        ErrorIds.AuditBroken,
        ExitCode.Incomplete,
        $"the audit log cannot be read on: {fault}",
        "run 'zombieops audit verify' to see what else is wrong with it");

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").TrimEnd('.');
}
