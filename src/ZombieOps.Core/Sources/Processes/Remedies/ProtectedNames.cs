using System.Text;
using ZombieOps.Files;

namespace ZombieOps.Sources.Processes.Remedies;

/// <summary>A name that is never ended and whose unit is never restarted.</summary>
/// <param name="Pattern">The name; <c>*</c> stands for any run of characters.</param>
/// <param name="From">Where it comes from: <c>built-in</c> or the path of the user's file.</param>
public sealed record ProtectedName(string Pattern, string From);

/// <summary>
/// The protected names: the built-in list and what the user adds in <c>protected-names</c> of the configuration directory. Users can
/// extend it and cannot shorten it.
/// </summary>
public sealed class ProtectedNames
{
    /// <summary>Name of the user's file in <see cref="EngineOptions.ConfigDirectory"/>.</summary>
    public const string FileName = "protected-names";

    // The kernel keeps fifteen bytes of a command name (TASK_COMM_LEN in include/linux/sched.h).
    private const int CommandBytes = 15;

    private static readonly Lazy<IReadOnlyList<ProtectedName>> BuiltInNames = new(ReadBuiltIn);

    private ProtectedNames(IReadOnlyList<ProtectedName> all) => All = all;

    /// <summary>The built-in names alone.</summary>
    public static ProtectedNames BuiltIn { get; } = new(BuiltInNames.Value);

    /// <summary>Every name, the built-in ones first.</summary>
    public IReadOnlyList<ProtectedName> All { get; }

    /// <summary>Reads the list.</summary>
    /// <param name="options">Says where the user's file is; one that does not exist adds nothing.</param>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.ProtectedNamesUnreadable"/>: the file is there and cannot be read or holds something else than names.</exception>
    public static ProtectedNames Load(EngineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        string path = Path.Combine(options.ConfigDirectory, FileName);
        string text;
        try
        {
            // Bytes that are no UTF-8 are no names: they must not turn into a pattern that matches nothing.
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(File.ReadAllBytes(path));
        }
        catch (Exception problem) when (problem is FileNotFoundException or DirectoryNotFoundException
            && !DanglingLink.At(path) && !DanglingLink.At(options.ConfigDirectory))
        {
            return BuiltIn;
        }
        catch (UnauthorizedAccessException problem)
        {
            // A directory in its place comes here as well.
            throw Unreadable(path, ExitCode.NotPermitted, "may not be read", problem);
        }
        catch (Exception problem) when (problem is IOException or ArgumentException)
        {
            throw Unreadable(path, ExitCode.BadUsage, problem is ArgumentException ? "is not UTF-8 text" : $"cannot be read ({problem.Message})", problem);
        }

        var added = new List<ProtectedName>();
        int number = 0;
        foreach (string line in text.Split('\n'))
        {
            number++;
            if (Name(line) is not { } name)
            {
                continue;
            }

            if (name.AsSpan().IndexOfAny(" \t\0/!") >= 0)
            {
                throw Unreadable(path, ExitCode.BadUsage, $"has no plain name in line {number}", null);
            }

            added.Add(new ProtectedName(name, path));
        }

        return new ProtectedNames([.. BuiltIn.All, .. added]);
    }

    /// <summary>The first name on the list that a process matches by command, executable or unit; null where none does.</summary>
    /// <param name="command">Command name as the kernel keeps it.</param>
    /// <param name="executable">File name of its executable; null where it could not be read.</param>
    /// <param name="unit">Its systemd unit; null where there is none.</param>
    public ProtectedName? Find(string command, string? executable, string? unit)
    {
        ArgumentNullException.ThrowIfNull(command);
        string? stem = unit?.EndsWith(".service", StringComparison.Ordinal) == true ? unit[..^".service".Length] : null;
        foreach (ProtectedName name in All)
        {
            if (MatchesCommand(name.Pattern, command)
                || (executable is not null && Matches(name.Pattern, executable))
                || (unit is not null && Matches(name.Pattern, unit))
                || (stem is not null && Matches(name.Pattern, stem)))
            {
                return name;
            }
        }

        return null;
    }

    /// <summary>Whether a name matches a pattern in which <c>*</c> stands for any run of characters.</summary>
    internal static bool Matches(string pattern, string name)
    {
        int p = 0;
        int n = 0;
        int star = -1;
        int mark = 0;
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                mark = n;
            }
            else if (p < pattern.Length && pattern[p] == name[n])
            {
                p++;
                n++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                n = ++mark;
            }
            else
            {
                return false;
            }
        }

        while (p < pattern.Length && pattern[p] == '*')
        {
            p++;
        }

        return p == pattern.Length;
    }

    // A process that names itself "sshd: alice [priv]" or "nginx: worker" is what its first word says.
    private static bool MatchesCommand(string pattern, string command)
    {
        int colon = command.IndexOf(':', StringComparison.Ordinal);
        return Matches(pattern, command)
            || (colon > 0 && Matches(pattern, command[..colon]))
            || (command.Length >= CommandBytes && pattern.Length > command.Length && !pattern.Contains('*', StringComparison.Ordinal)
                && pattern.StartsWith(command, StringComparison.Ordinal));
    }

    private static List<ProtectedName> ReadBuiltIn()
    {
        using Stream stream = typeof(ProtectedNames).Assembly.GetManifestResourceStream("protected-names.txt")
            ?? throw new InvalidOperationException("the built-in list of protected names is missing");
        using var reader = new StreamReader(stream);
        var names = new List<ProtectedName>();
        while (reader.ReadLine() is { } line)
        {
            if (Name(line) is { } name)
            {
                names.Add(new ProtectedName(name, "built-in"));
            }
        }

        return names;
    }

    private static string? Name(string line)
    {
        int comment = line.IndexOf('#', StringComparison.Ordinal);
        string name = (comment < 0 ? line : line[..comment]).Trim();
        return name.Length > 0 ? name : null;
    }

    private static ZombieOpsException Unreadable(string path, ExitCode exit, string what, Exception? inner) => new(
        ErrorIds.ProtectedNamesUnreadable,
        exit,
        $"the list of protected names {path} {what}",
        "repair or remove the file; nothing is cleared without it",
        inner);
}
