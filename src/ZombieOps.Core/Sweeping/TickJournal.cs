using System.Globalization;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using ZombieOps.Audit;
using ZombieOps.Files;

namespace ZombieOps.Sweeping;

/// <summary>
/// When the sweeps of one source looked, in <c>sweep/SOURCE.ticks-YYYYMM.jsonl</c>: a line a tick, a file a month (UTC), so that a report can say when nothing was
/// scanned. A tick every ten minutes makes about 0.6 MB a month. The newest files are kept, and each is bounded.
/// </summary>
internal sealed class TickJournal(string directory, string source)
{
    /// <summary>Files that are kept: more than a year.</summary>
    public const int KeptFiles = 14;

    /// <summary>A file of this size takes no more ticks. One tick a minute for a month makes less than half of it.</summary>
    public const long MaxFileBytes = 16 << 20;

    private const int MaxLine = 16 << 10;

    // What happens oftener and tells nothing new is not written down.
    private static readonly TimeSpan Densest = TimeSpan.FromMinutes(1);

    /// <summary>The journals of all sources of a state directory.</summary>
    /// <param name="state">The state directory.</param>
    /// <exception cref="IOException">It cannot be listed; so is <see cref="UnauthorizedAccessException"/>.</exception>
    public static IReadOnlyList<(string Source, TickJournal Journal)> All(string state)
    {
        string directory = Path.Combine(state, "sweep");
        string[] names = Directory.Exists(directory) ? [.. Directory.GetFiles(directory, "*.ticks-*.jsonl").Select(Path.GetFileName).OfType<string>()] : [];
        return [.. names.Select(name => name[..name.IndexOf(".ticks-", StringComparison.Ordinal)]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(source => (source, new TickJournal(directory, source)))];
    }

    /// <summary>Writes a tick down. What a kill left half written is closed first, and is no tick.</summary>
    /// <param name="entry">The tick.</param>
    /// <param name="step">Called between two steps; null for nothing.</param>
    /// <returns>Null, or why it is not in the journal although nothing failed.</returns>
    /// <exception cref="IOException">It cannot be written; so is <see cref="UnauthorizedAccessException"/>.</exception>
    public string? Append(TickEntry entry, Action? step)
    {
        string path = Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{source}.ticks-{entry.At.UtcDateTime:yyyyMM}.jsonl"));
        bool begun = !File.Exists(path);
        using SafeFileHandle file = Posix.OpenFile(path, Posix.ReadWrite | Posix.Create | Posix.Append, Convert.ToInt32("640", 8));
        long length = RandomAccess.GetLength(file);
        (TickEntry? last, bool whole) = Last(file, length);
        if (last is not null && entry.At >= last.At && entry.At - last.At < Densest && entry.Repeats(last))
        {
            return null;
        }

        if (length >= MaxFileBytes)
        {
            return $"{path} is full, so this tick is not in it and a report will not know of it: sweep less often";
        }

        byte[] line = [.. whole ? ""u8 : "\n"u8, .. JsonSerializer.SerializeToUtf8Bytes(entry, TickJsonContext.Default.TickEntry), (byte)'\n'];
        Posix.WriteAll(file, line.AsSpan(0, line.Length / 2), path);
        step?.Invoke();
        Posix.WriteAll(file, line.AsSpan(line.Length / 2), path);
        Posix.SyncData(file, path);
        if (begun)
        {
            Posix.SyncDirectory(directory);
            foreach (string old in Files().SkipLast(KeptFiles))
            {
                File.Delete(old);
            }
        }

        return null;
    }

    /// <summary>Reads the ticks of a time in the order in which they were written, without holding them.</summary>
    /// <param name="since">Files of earlier months than this time's are not opened.</param>
    /// <param name="bad">Is told of each line that is no tick: file and line number.</param>
    /// <exception cref="IOException">It cannot be read; so is <see cref="UnauthorizedAccessException"/>.</exception>
    public IEnumerable<TickEntry> Read(DateTimeOffset since, Action<string, long> bad)
    {
        foreach (string path in Files())
        {
            if (string.CompareOrdinal(Month(path), since.UtcDateTime.ToString("yyyyMM", CultureInfo.InvariantCulture)) < 0)
            {
                continue;
            }

            using SafeFileHandle file = Posix.OpenFile(path, Posix.ReadOnly);
            using var lines = new LineReader(file, RandomAccess.GetLength(file));
            while (lines.Next(out ReadOnlySpan<byte> line))
            {
                if (lines.TooLong || Parse(line) is not { } entry)
                {
                    // The last line may be under way.
                    if (lines.Whole && line.Length > 0)
                    {
                        bad(path, lines.Number);
                    }

                    continue;
                }

                yield return entry;
            }
        }
    }

    /// <summary>When the first tick began that the journal holds; null where it holds none.</summary>
    public DateTimeOffset? Since() => Read(DateTimeOffset.MinValue, static (_, _) => { }).Select(entry => (DateTimeOffset?)entry.At).FirstOrDefault();

    private static string Month(string path) => Path.GetFileNameWithoutExtension(path)[^6..];

    private List<string> Files() =>
        [.. Directory.GetFiles(directory, source + ".ticks-*.jsonl").Where(path => Month(path).All(char.IsAsciiDigit)).OrderBy(Month, StringComparer.Ordinal)];

    private static TickEntry? Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            return line.Length <= MaxLine ? JsonSerializer.Deserialize(line, TickJsonContext.Default.TickEntry) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static (TickEntry? Last, bool Whole) Last(SafeFileHandle file, long length)
    {
        byte[] tail = new byte[(int)Math.Min(length, MaxLine)];
        int read = RandomAccess.Read(file, tail, length - tail.Length);
        ReadOnlySpan<byte> text = tail.AsSpan(0, read);
        bool whole = text.Length == 0 || text[^1] == (byte)'\n';
        text = text.TrimEnd((byte)'\n');
        return (whole && text.Length > 0 ? Parse(text[(text.LastIndexOf((byte)'\n') + 1)..]) : null, whole);
    }
}
