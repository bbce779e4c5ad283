using System.Globalization;
using System.Text.RegularExpressions;
using ZombieOps.Audit;
using ZombieOps.Text;
using ZombieOps.Yaml;

namespace ZombieOps.Policies;

/// <summary>Reads values of their kind out of a file and keeps everything that is wrong with them.</summary>
internal sealed partial class PolicyNodes(string directory)
{
    private const int MaxText = 4096;
    private readonly List<PolicyFault> faults = [];

    /// <summary>Everything that is wrong, in the order of the file.</summary>
    public IReadOnlyList<PolicyFault> Faults => [.. faults.OrderBy(fault => fault.Line).ThenBy(fault => fault.Column)];

    /// <summary>Whether a run has to refuse the file.</summary>
    public bool Stops => faults.Exists(fault => fault.StopsRun);

    public void Error(YamlNode at, string says, string instead, bool stops = true) => faults.Add(new PolicyFault(FaultKind.Error, at.Line, at.Column, says, instead) { StopsRun = stops });

    public void Warn(YamlNode at, string says, string instead) => faults.Add(new PolicyFault(FaultKind.Warning, at.Line, at.Column, says, instead));

    public void Add(YamlFault fault) => faults.Add(new PolicyFault(FaultKind.Error, fault.Line, fault.Column, fault.Says, fault.Instead));

    /// <summary>A name that stands in the file, short enough and fit for a message.</summary>
    public static string Quote(string text) => $"'{Printable.Clean(text.Length > 60 ? text[..60] + "…" : text)}'";

    /// <summary>What to write instead of a word that is not known.</summary>
    public static string Guess(string word, IEnumerable<string> known)
    {
        string[] all = [.. known];
        return word.Length <= 64 && Nearest.To(word, all) is { } guess ? $"write '{guess}'" : all.Length == 0 ? "take it out" : all.Length <= 40 ? $"use one of: {string.Join(", ", all)}" : "see docs/policy.md";
    }

    /// <summary>The values of a map by key, without those that are not known, not sound or there again.</summary>
    public Dictionary<string, YamlEntry> Keys(YamlNode node, string where, IReadOnlyList<PolicyKey> keys)
    {
        Dictionary<string, YamlEntry> entries = Entries(node, where, [.. keys.Select(key => key.Name)]);
        if (node is YamlMap)
        {
            string[] missing = [.. keys.Where(key => key.Required && !entries.ContainsKey(key.Name) && !HasBad((YamlMap)node, key.Name)).Select(key => $"'{key.Name}'")];
            if (missing.Length > 0)
            {
                Error(node, $"{where} has no {string.Join(" and no ", missing)}", $"add {string.Join(" and ", missing)}");
            }
        }

        return entries;
    }

    /// <summary>The values of a map by key. Upper and lower case are the same where <paramref name="anyCase"/> says so.</summary>
    public Dictionary<string, YamlEntry> Entries(YamlNode node, string where, IReadOnlyCollection<string>? known, bool anyCase = false)
    {
        StringComparer comparer = anyCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;
        var entries = new Dictionary<string, YamlEntry>(comparer);
        var lines = new Dictionary<string, int>(comparer);
        if (node is not YamlMap map)
        {
            Wrong(node, where, "keys with values", "write 'key: value' on lines of their own");
            return entries;
        }

        foreach (YamlEntry entry in map.Entries)
        {
            string key = entry.Key.Text;
            if (known?.Contains(key, comparer) != true && SecretNames.IsSecret(key, hasValue: true))
            {
                Error(entry.Key, $"{Quote(key)} looks like a secret, and a policy holds none", $"take it out and make the secret a new one; name a file or a variable that holds it, such as {(known?.Contains("password-file") == true ? "password-file or password-env" : "an option of the source that ends in -file or -env")}");
            }
            else if (known?.Contains(key, comparer) == false)
            {
                Error(entry.Key, $"{where} has no key {Quote(key)}", Guess(key, known));
            }
            else if (!lines.TryAdd(key, entry.Key.Line))
            {
                Error(entry.Key, $"the key {Quote(key)} is there twice, first on line {lines[key]}", "keep one of them");
            }
            else if (entry.Value is YamlScalar { Plain: true, Text: "" or "~" or "null" or "Null" or "NULL" })
            {
                Error(entry.Key, $"{Quote(key)} has no value", "give it one, or take it out");
            }
            else if (entry.Value is not YamlBad)
            {
                entries[key] = entry;
            }
        }

        return entries;
    }

    /// <summary>The entries of a list.</summary>
    public IReadOnlyList<YamlNode> Items(YamlNode node, string where) => IsList(node, where) ? [.. ((YamlList)node).Items.Where(item => item is not YamlBad)] : [];

    /// <summary>Whether it is a list.</summary>
    public bool IsList(YamlNode node, string where)
    {
        if (node is YamlList)
        {
            return true;
        }

        Wrong(node, where, "a list", "begin each entry with '- '");
        return false;
    }

    /// <summary>A text; null where it is none.</summary>
    /// <param name="node">The node.</param>
    /// <param name="where">What it is of.</param>
    /// <param name="numbers">Whether a number is as good as a text.</param>
    public string? Text(YamlNode node, string where, bool numbers = false)
    {
        if (node is not YamlScalar scalar)
        {
            Wrong(node, where, "a text", "write a single value");
            return null;
        }

        if (scalar.Plain && IsNoText(scalar.Text) && !(numbers && scalar.Text.All(char.IsAsciiDigit) && scalar.Text.Length > 0))
        {
            Error(node, $"{where} is no text", "put it in quotes");
            return null;
        }

        if (string.IsNullOrWhiteSpace(scalar.Text) || scalar.Text.Length > MaxText || scalar.Text.Any(char.IsControl))
        {
            Error(node, $"{where} is empty, longer than {MaxText} characters or not on one line", "write a text on one line");
            return null;
        }

        return scalar.Text;
    }

    /// <summary>Texts: a list of them, or a single one.</summary>
    public IReadOnlyList<(YamlNode At, string Text)> Texts(YamlNode node, string where, bool numbers = false)
    {
        if (node is YamlList { Items.Count: 0 })
        {
            Error(node, $"{where} is an empty list", "write at least one entry, or take it out");
        }

        return [.. (node is YamlList list ? list.Items : [node]).Where(item => item is not YamlBad).Select(item => (item, Text(item, where, numbers))).Where(item => item.Item2 is not null).Select(item => (item.item, item.Item2!))];
    }

    /// <summary>A path. A relative one begins at the directory of the file.</summary>
    public string? FilePath(YamlNode node, string where) => Text(node, where) is not { } text ? null : Path.GetFullPath(text, directory);

    /// <summary>A whole number of 0 or more.</summary>
    public int? Count(YamlNode node, string where)
    {
        if (node is YamlScalar { Plain: true } scalar && int.TryParse(scalar.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            return number;
        }

        Error(node, $"{where} is no number of 0 or more", "write a whole number without quotes, such as 5");
        return null;
    }

    /// <summary>True or false, as the core schema of YAML 1.2 writes them.</summary>
    public bool? Flag(YamlNode node, string where)
    {
        switch (node)
        {
            case YamlScalar { Plain: true, Text: "true" or "True" or "TRUE" }:
                return true;
            case YamlScalar { Plain: true, Text: "false" or "False" or "FALSE" }:
                return false;
            default:
                Error(node, $"{where} is neither true nor false", "write true or false, without quotes");
                return null;
        }
    }

    /// <summary>A share from 0 to 1.</summary>
    public double? Share(YamlNode node, string where)
    {
        if (node is YamlScalar scalar)
        {
            bool percent = scalar.Text.EndsWith('%');
            if ((percent || scalar.Plain)
                && double.TryParse(percent ? scalar.Text[..^1] : scalar.Text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
                && (percent ? number / 100 : number) is >= 0 and <= 1 and var share)
            {
                return share;
            }
        }

        Error(node, $"{where} is no share", "write it like 0.05 or 5%");
        return null;
    }

    /// <summary>A duration.</summary>
    public TimeSpan? Duration(YamlNode node, string where)
    {
        if (node is YamlScalar scalar && Durations.TryParse(scalar.Text, out TimeSpan duration))
        {
            return duration;
        }

        Error(node, $"{where} is no duration", $"write it like {Durations.Examples}");
        return null;
    }

    private void Wrong(YamlNode node, string where, string wanted, string instead)
    {
        if (node is not YamlBad)
        {
            Error(node, $"{where} is {(node switch { YamlMap => "keys with values", YamlList => "a list", _ => "a single value" })} and has to be {wanted}", instead);
        }
    }

    private static bool HasBad(YamlMap map, string key) => map.Entries.Any(entry => entry.Key.Text == key);

    /// <summary>What the core schema of YAML 1.2, section 10.3.2, reads as null, a truth value or a number.</summary>
    private static bool IsNoText(string text) => NoText().IsMatch(text);

    [GeneratedRegex(@"^(~|null|Null|NULL|true|True|TRUE|false|False|FALSE|[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))?$", RegexOptions.CultureInvariant)]
    private static partial Regex NoText();
}
