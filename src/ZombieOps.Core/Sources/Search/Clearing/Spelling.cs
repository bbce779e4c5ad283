using ZombieOps.Sources.Search.Client;
using ZombieOps.Sources.Search.Judging;
using ZombieOps.Sources.Search.Marks;

namespace ZombieOps.Sources.Search.Clearing;

/// <summary>Spellings of a list: the same entries, written so that the server takes them as a change or so that they stand as they stood.</summary>
internal static class Spelling
{
    /// <summary>A list with entries taken out and added; every other letter stays. Null where nothing is left.</summary>
    public static string? Edit(SettingValue? value, IEnumerable<string> remove, IEnumerable<string> add)
    {
        SettingValue? now = value;
        foreach (string entry in remove)
        {
            now = now is not null && now.Entries.Contains(entry) ? Of(Requests.Without(now, entry)) : now;
        }

        foreach (string entry in add)
        {
            if (now?.Entries.Contains(entry) != true)
            {
                now = now is null || now.Entries.Count == 0 ? Of(entry) : Of($"{now.Raw},{entry}");
            }
        }

        return now?.Raw;
    }

    /// <summary>
    /// The same list with its first entry once more at the end: another text and so a change, the same meaning. (A trailing blank is normalised away by
    /// Elasticsearch 8, so that it would change nothing.)
    /// </summary>
    public static string Respell(string plain, string? butNot)
    {
        string first = SettingsAnswer.Entries(plain)[0];
        string spelled = $"{plain},{first}";
        return spelled == butNot ? $"{spelled},{first}" : spelled;
    }

    /// <summary>
    /// What an interrupted act's spelling stands for: takes the repeated first entry off the end. Null where the value does not carry it, or carried it before
    /// the act.
    /// </summary>
    public static string? Undo(string raw, string before)
    {
        string? plain = Strip(raw);
        return plain is not null && Strip(before) is null ? Strip(plain) ?? plain : null;
    }

    private static string? Strip(string raw)
    {
        IReadOnlyList<string> entries = SettingsAnswer.Entries(raw);
        int last = raw.LastIndexOf(',');
        return entries.Count > 0 && last > 0 && raw[(last + 1)..] == entries[0] ? raw[..last] : null;
    }

    private static SettingValue? Of(string? raw) => raw is null ? null : new SettingValue(raw, SettingsAnswer.Entries(raw));
}
