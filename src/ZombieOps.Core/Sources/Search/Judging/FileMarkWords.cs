using ZombieOps.Model;
using ZombieOps.Sources.Search.Client;
using ZombieOps.Sources.Search.Marks;

namespace ZombieOps.Sources.Search.Judging;

/// <summary>What is concluded and said of marks that stand in the file of a node. They are only reported: no request takes them away.</summary>
internal static class FileMarkWords
{
    private const int MaxNames = 5;

    /// <summary>Whether a mark is one.</summary>
    public static bool Is(Mark mark) => mark.Setting.Scope == FileMarks.Scope;

    /// <summary>The judgement.</summary>
    public static MarkJudgement Judge(MarkCase look) => new(Verdict.ReportOnly, SearchReasons.InFile, look.Mark switch
    {
        { Shadowed: true } => SearchCauses.NotInForce,
        { Kind: SearchKinds.Filter } => SearchCauses.Filtered,
        { Kind: SearchKinds.Switch } => SearchCauses.SwitchedOff,
        { Nodes.Count: 0 } => look.Facts.NodesSeen ? SearchCauses.NodeGone : SearchCauses.Unknown,
        { Nodes.Count: > 1 } => SearchCauses.Group,
        _ => look.Node?.Shards switch
        {
            null => SearchCauses.Unknown,
            { Leaving: > 0 } => SearchCauses.Draining,
            { Count: > 0 } => SearchCauses.DrainStuck,
            _ => SearchCauses.NodeIdle,
        },
    });

    /// <summary>Whose file has it, and what that means.</summary>
    public static void Evidence(MarkCase look, Action<string, EvidenceState, string, string> add)
    {
        IReadOnlyList<string> files = look.Mark.Files;
        int masters = FileMarks.Masters(look.Facts.Nodes.Values).Count();
        string others = files.Count == masters ? "" : "; the others' files do not have it, so it depends on which of them is elected";
        add("File", EvidenceState.Unknown, NodesAnswer.What, $"it stands in the file of {files.Count} of the {masters} nodes that may be elected master: {Names(files)}{others}");
        add("Clearing", EvidenceState.Unknown, NodesAnswer.What, "no request takes it away: take it out of those files and restart the nodes");
        if (look.Mark.Shadowed)
        {
            add("Shadowed", EvidenceState.Dead, SettingsAnswer.What, "a persistent or transient setting of the same key hides it; should that go, this one comes into force");
        }
    }

    /// <summary>What comes into force, or goes out of it, in the files when a mark is cleared; empty where that is nothing.</summary>
    public static string Wakes(ClusterFacts facts, Mark mark)
    {
        if (facts.Files.Count == 0)
        {
            return "";
        }

        var words = new System.Text.StringBuilder();
        foreach (Mark one in (IEnumerable<Mark>)[mark, .. mark.With])
        {
            if (facts.Files.TryGetValue(one.Setting.Setting, out (SettingValue Value, IReadOnlyList<string> Nodes) file))
            {
                MarkedSetting value = new MarkedSetting(FileMarks.Scope, one.Setting.Setting, file.Value.Raw).Short();
                words.Append($"; once neither scope sets {one.Setting.Setting}, '{value.Value}' comes into force, from the file of {Names(file.Nodes)}");
            }
        }

        if (facts.Product == SearchProduct.Elasticsearch && mark.Kind == SearchKinds.Exclusion)
        {
            string[] dropped = [.. facts.Files.Keys
                .Where(key => key.StartsWith(SettingNames.Exclude, StringComparison.Ordinal) && key != mark.Setting.Setting && !facts.Persistent.ContainsKey(key) && !facts.Transient.ContainsKey(key)).Order(StringComparer.Ordinal)];
            if (dropped.Length > 0)
            {
                words.Append($"; what files set of {string.Join(", ", dropped)} goes out of force until a restarted node is elected master");
            }
        }

        return words.ToString();
    }

    private static string Names(IReadOnlyList<string> names) => string.Join(", ", names.Take(MaxNames)) + (names.Count > MaxNames ? ", …" : "");
}
