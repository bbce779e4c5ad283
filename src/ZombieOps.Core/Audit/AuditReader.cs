using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using ZombieOps.Files;

namespace ZombieOps.Audit;

/// <summary>Which records to read.</summary>
public sealed record AuditFilter
{
    /// <summary>Not those written before (UTC); null for all.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Not those written at or after (UTC); null for all.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Only those of this run; null for all.</summary>
    public string? RunId { get; init; }

    /// <summary>Only those about this finding; null for all.</summary>
    public string? FindingId { get; init; }

    /// <summary>Only those of this kind; null for all.</summary>
    public AuditKind? Kind { get; init; }

    /// <summary>Asked for each line in order, by what stands at its top; null for all.</summary>
    internal Func<AuditLineFields, bool>? Wants { get; init; }

    /// <summary>Whether a file that cannot be read is told as a fault and the next one is read.</summary>
    internal bool SkipsUnreadable { get; init; }

    internal bool Takes(AuditRecord record) =>
        (RunId is null || record.RunId == RunId) && (FindingId is null || record.FindingId == FindingId);

    internal bool Takes(AuditLineFields fields) =>
        !(fields.At < Since) && !(fields.At >= Until) && (Kind is null || fields.Kind == Kind) && (Wants is null || Wants(fields));
}

/// <summary>Reads the records of an audit log in order, without holding them. It does not verify the chain.</summary>
public static class AuditReader
{
    /// <summary>Reads a log. A last line that was never finished is left out.</summary>
    /// <param name="directory">Directory of the log. One that is not there is an empty log.</param>
    /// <param name="filter">Which records; null for all.</param>
    /// <param name="broken">Is told of each line that is no record, and reading goes on. Null: the first one ends it.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <exception cref="ZombieOpsException">
    /// <see cref="ErrorIds.AuditBroken"/>: a line is no record. <see cref="ErrorIds.AuditUnwritable"/>: the log cannot be read.
    /// </exception>
    public static IEnumerable<AuditRecord> Read(
        string directory,
        AuditFilter? filter = null,
        Action<AuditFault>? broken = null,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(directory);
        filter ??= new AuditFilter();
        foreach ((string path, long length) in Snapshot(directory, cancel))
        {
            using SafeFileHandle? file = Open(path, filter, broken);
            if (file is null)
            {
                continue;
            }

            using var lines = new LineReader(file, length);
            while (Next(lines, path, filter, broken) is { } step)
            {
                cancel.ThrowIfCancellationRequested();
                if (step.Record is { } record)
                {
                    yield return record;
                }
            }
        }
    }

    private static List<(string Path, long Length)> Snapshot(string directory, CancellationToken cancel)
    {
        try
        {
            using SafeFileHandle? held = AuditError.LockToRead(directory, TimeSpan.FromSeconds(10), cancel);
            return [.. AuditPaths.Segments(directory).Select(first => AuditPaths.Segment(directory, first)).Select(path => (path, new FileInfo(path).Length))];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw AuditError.Unreadable(directory, failure);
        }
    }

    private static SafeFileHandle? Open(string path, AuditFilter filter, Action<AuditFault>? broken)
    {
        try
        {
            return Posix.OpenFile(path, Posix.ReadOnly);
        }
        catch (PosixException failure) when (filter.SkipsUnreadable && broken is not null)
        {
            broken(new AuditFault { Kind = AuditFaultKind.Unreadable, File = Path.GetFileName(path), Says = $"it cannot be read: {failure.Message}" });
            return null;
        }
        catch (PosixException failure)
        {
            throw AuditError.Unreadable(path, failure);
        }
    }

    /// <summary>The next line: null at the end, without a record where the filter does not take it.</summary>
    private static Step? Next(LineReader lines, string path, AuditFilter filter, Action<AuditFault>? broken)
    {
        try
        {
            if (!lines.Next(out ReadOnlySpan<byte> line) || !lines.Whole)
            {
                return null;
            }

            if (!lines.TooLong && AuditLine.TryPeek(line, out AuditLineFields fields))
            {
                if (!filter.Takes(fields))
                {
                    return default(Step);
                }

                AuditRecord record = AuditLine.Read(line);
                return filter.Takes(record) ? new Step(record) : default;
            }
        }
        catch (JsonException)
        {
            // Told below, as any line that is no record.
        }
        catch (IOException failure) when (filter.SkipsUnreadable && broken is not null)
        {
            broken(new AuditFault { Kind = AuditFaultKind.Unreadable, File = Path.GetFileName(path), Line = lines.Number, Says = $"it cannot be read on: {failure.Message}" });
            return null;
        }
        catch (IOException failure)
        {
            throw AuditError.Unreadable(path, failure);
        }

        var fault = new AuditFault
        {
            Kind = AuditFaultKind.Changed,
            File = Path.GetFileName(path),
            Line = lines.Number,
            Says = "it is no record of this log",
        };
        if (broken is null)
        {
            throw AuditError.Damaged(fault);
        }

        broken(fault);
        return default(Step);
    }

    private readonly record struct Step(AuditRecord? Record);
}
