using System.Globalization;
using System.IO.Enumeration;

namespace ZombieOps.Audit;

/// <summary>The names of the files of one audit log.</summary>
internal static class AuditPaths
{
    private const string Prefix = "audit-";
    private const string Suffix = ".jsonl";

    /// <summary>The directory of the log under a state directory.</summary>
    public static string In(string stateDirectory) => Path.Combine(stateDirectory, "audit");

    public static string Lock(string directory) => Path.Combine(directory, "lock");

    public static string Head(string directory) => Path.Combine(directory, "head");

    public static string Segment(string directory, long first) => Path.Combine(directory, SegmentName(first));

    public static string SegmentName(long first) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{first:D12}{Suffix}");

    public static string Torn(string directory, long sequence, int number) =>
        Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"torn-{sequence}-{number}.bin"));

    /// <summary>First sequence numbers of the segments, in order. Empty where there is no directory.</summary>
    public static List<long> Segments(string directory)
    {
        var firsts = new List<long>();
        try
        {
            var names = new FileSystemEnumerable<long>(
                directory,
                (ref FileSystemEntry entry) => First(entry.FileName),
                new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false })
            {
                ShouldIncludePredicate = (ref FileSystemEntry entry) => First(entry.FileName) > 0,
            };
            firsts.AddRange(names);
        }
        catch (DirectoryNotFoundException)
        {
            return firsts;
        }

        firsts.Sort();
        return firsts;
    }

    /// <summary>The sequence number in a segment's name; 0 for any other name.</summary>
    private static long First(ReadOnlySpan<char> name)
    {
        if (!name.StartsWith(Prefix, StringComparison.Ordinal) || !name.EndsWith(Suffix, StringComparison.Ordinal) || name.Length < Prefix.Length + 12 + Suffix.Length)
        {
            return 0;
        }

        ReadOnlySpan<char> digits = name[Prefix.Length..^Suffix.Length];
        // Only the one way to write a number: "0…01" with a digit too many would be a second segment 1.
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long first) && first > 0
            && (digits.Length == 12 || digits[0] != '0')
            ? first
            : 0;
    }
}
