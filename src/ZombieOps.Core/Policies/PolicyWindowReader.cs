using System.Globalization;
using ZombieOps.Yaml;

namespace ZombieOps.Policies;

/// <summary>Reads the windows of a policy.</summary>
internal sealed class PolicyWindowReader(PolicyNodes nodes, DateTimeOffset now)
{
    private static readonly TimeSpan Day = TimeSpan.FromHours(24);

    public PolicyWindows Read(YamlEntry entry)
    {
        IReadOnlyList<YamlNode> items = nodes.Items(entry.Value, "'windows'");
        if (entry.Value is YamlList { Items.Count: 0 })
        {
            nodes.Error(entry.Value, "'windows' is an empty list, so none ever opens", "write a window; take 'windows' out where every time is right, and 'allow' where none is");
        }

        return new PolicyWindows(entry.Key.Line, [.. items.Select(Window).OfType<PolicyWindow>()]);
    }

    private PolicyWindow? Window(YamlNode item)
    {
        Dictionary<string, YamlEntry> keys = nodes.Keys(item, "a window", PolicyKeys.Window);
        HashSet<DayOfWeek> days = keys.TryGetValue("days", out YamlEntry? list) ? Days(list.Value) : PolicyKeys.Days.Select(day => day.Day).ToHashSet();
        TimeSpan? from = Time(keys, "from", TimeSpan.Zero);
        TimeSpan? to = Time(keys, "to", Day);
        if (keys.ContainsKey("from") != keys.ContainsKey("to"))
        {
            nodes.Error(item, $"the window has a '{(keys.ContainsKey("from") ? "from" : "to")}' alone", "write both 'from' and 'to', or neither for the whole day");
        }
        else if (from is { } opens && to is { } closes && (opens == closes || opens == Day))
        {
            nodes.Error(keys["from"].Key, "the window never opens: it begins where it ends", "write a 'to' that is later; take both out for the whole day");
        }

        TimeZoneInfo? zone = keys.TryGetValue("zone", out YamlEntry? place) ? Zone(place.Value) : null;
        if (zone is null || from is null || to is null || days.Count == 0)
        {
            return null;
        }

        var window = new PolicyWindow(item.Line, days, from.Value, to.Value, zone);
        if (!nodes.Stops && window.Skipped(now, 366) is { Count: > 0 } skipped)
        {
            nodes.Warn(
                item,
                $"the clock of {zone.Id} skips this window on {string.Join(" and ", skipped.Select(date => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)))}, so it does not open then",
                "choose an hour that every day has, or let it be so");
        }

        return window;
    }

    private HashSet<DayOfWeek> Days(YamlNode node)
    {
        var days = new HashSet<DayOfWeek>();
        foreach ((YamlNode at, string text) in nodes.Texts(node, "'days'"))
        {
            int found = Array.FindIndex(PolicyKeys.Days, day => day.Name == text);
            if (found < 0)
            {
                nodes.Error(at, $"there is no day {PolicyNodes.Quote(text)}", Guess(text));
            }
            else if (!days.Add(PolicyKeys.Days[found].Day))
            {
                nodes.Error(at, $"{PolicyNodes.Quote(text)} is there twice", "keep one of them");
            }
        }

        return days;
    }

    private static string Guess(string text) => PolicyKeys.Days.FirstOrDefault(day => text.StartsWith(day.Name, StringComparison.OrdinalIgnoreCase)).Name is { } name
        ? $"write '{name}'"
        : $"use {string.Join(", ", PolicyKeys.Days.Select(day => day.Name))}";

    private TimeSpan? Time(Dictionary<string, YamlEntry> keys, string name, TimeSpan usual)
    {
        if (!keys.TryGetValue(name, out YamlEntry? entry))
        {
            return usual;
        }

        string text = entry.Value is YamlScalar scalar ? scalar.Text : "";
        if (text == "24:00" && name == "to")
        {
            return Day;
        }

        if (TimeOnly.TryParseExact(text, ["HH:mm", "H:mm"], CultureInfo.InvariantCulture, DateTimeStyles.None, out TimeOnly time))
        {
            return time.ToTimeSpan();
        }

        nodes.Error(entry.Value, $"'{name}' is no time of day", "write it like '09:30', in 24 hours");
        return null;
    }

    private TimeZoneInfo? Zone(YamlNode node)
    {
        if (nodes.Text(node, "'zone'") is not { } name)
        {
            return null;
        }

        // A name is a path below the zone directory for the runtime: only what a zone can be called gets that far.
        bool sound = name.Length <= 64 && char.IsAsciiLetter(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '_' or '-' or '+');
        if (sound && TimeZoneInfo.TryFindSystemTimeZoneById(name, out TimeZoneInfo? zone))
        {
            return zone;
        }

        string[] known = [.. TimeZoneInfo.GetSystemTimeZones().Select(candidate => candidate.Id)];
        nodes.Error(
            node,
            $"this host knows no time zone {PolicyNodes.Quote(name)}",
            known.Length < 10 ? "install the time zones of the system (package tzdata), or write UTC"
                : name.Length <= 64 && Text.Nearest.To(name, known) is { } guess ? $"write '{guess}'" : "write a name such as Europe/Berlin, America/New_York or UTC");
        return null;
    }
}
