using ZombieOps.Audit.Forwarding;
using ZombieOps.Clearing;
using ZombieOps.Metrics;
using ZombieOps.Model;
using ZombieOps.Sources;
using ZombieOps.Text;
using ZombieOps.Yaml;

namespace ZombieOps.Policies;

/// <summary>Makes a policy of a file's nodes.</summary>
internal sealed class PolicyBuilder(PolicyNodes nodes, string path, DateTimeOffset now)
{
    public Policy Build(YamlNode root, string sha256)
    {
        Dictionary<string, YamlEntry> keys = nodes.Keys(root, "the policy", PolicyKeys.Policy);
        if (keys.TryGetValue("schema", out YamlEntry? schema) && nodes.Text(schema.Value, "'schema'") is { } version && version != Policy.CurrentSchema)
        {
            nodes.Error(schema.Value, $"this version does not know the format {PolicyNodes.Quote(version)}", $"write '{Policy.CurrentSchema}'");
        }

        IReadOnlyList<PolicySource> sources = keys.TryGetValue("sources", out YamlEntry? list) ? Sources(list.Value) : [];
        (string? file, IReadOnlyList<PolicyExemption> own) = keys.TryGetValue("exemptions", out YamlEntry? exemptions) ? Exemptions(exemptions.Value, sources) : (null, []);
        string? state = FilePath(keys, "state");
        CheckPlaces(keys.GetValueOrDefault("sources")?.Value, sources, state);
        return new Policy
        {
            Path = path,
            Sha256 = sha256,
            Name = Text(keys, "name"),
            Why = Text(keys, "why"),
            State = state,
            StopFile = FilePath(keys, "stop-file"),
            ExemptionsFile = file,
            Exemptions = own,
            Windows = keys.TryGetValue("windows", out YamlEntry? windows) ? new PolicyWindowReader(nodes, now).Read(windows) : null,
            // What cannot be read is an error of the file; until then the stricter of the two holds.
            RequireApproval = keys.TryGetValue("require-approval", out YamlEntry? approval) && nodes.Flag(approval.Value, "'require-approval'") != false,
            Forward = keys.TryGetValue("forward", out YamlEntry? forward) ? Forward(forward.Value) : [],
            Notify = keys.TryGetValue("notify", out YamlEntry? notify) ? Notify(notify) : null,
            Sources = sources,
        };
    }

    private string? Text(Dictionary<string, YamlEntry> keys, string name) => keys.TryGetValue(name, out YamlEntry? entry) ? nodes.Text(entry.Value, $"'{name}'") : null;

    private string? FilePath(Dictionary<string, YamlEntry> keys, string name) => keys.TryGetValue(name, out YamlEntry? entry) ? nodes.FilePath(entry.Value, $"'{name}'") : null;

    private List<PolicySource> Sources(YamlNode node)
    {
        var sources = new List<PolicySource>();
        IReadOnlyList<YamlNode> items = nodes.Items(node, "'sources'");
        if (node is YamlList && items.Count == 0)
        {
            nodes.Error(node, "'sources' is an empty list", $"write at least one entry, such as '- source: {SourceCatalog.All[0].Name}'");
        }

        foreach (YamlNode item in items)
        {
            if (Source(item) is { } source)
            {
                sources.Add(source);
            }
        }

        return sources;
    }

    private PolicySource? Source(YamlNode item)
    {
        Dictionary<string, YamlEntry> keys = nodes.Keys(item, "an entry of 'sources'", PolicyKeys.Source);
        string? name = Text(keys, "name");
        if (!keys.TryGetValue("source", out YamlEntry? which) || nodes.Text(which.Value, "'source'") is not { } word)
        {
            return null;
        }

        SourceRegistration? source = SourceCatalog.All.FirstOrDefault(candidate => candidate.Name == word);
        if (source is null)
        {
            nodes.Error(which.Value, $"there is no source {PolicyNodes.Quote(word)}", PolicyNodes.Guess(word, SourceCatalog.All.Select(candidate => candidate.Name)));
            return null;
        }

        var lines = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach ((string key, YamlEntry entry) in keys)
        {
            lines[key] = entry.Key.Line;
        }

        return new PolicySource
        {
            Line = item.Line,
            Name = name ?? source.Name,
            Source = source,
            Options = keys.TryGetValue("options", out YamlEntry? options) ? Options(options.Value, source) : System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty,
            State = FilePath(keys, "state"),
            MetricsFile = FilePath(keys, "metrics"),
            Labels = keys.TryGetValue("labels", out YamlEntry? labels) ? Labels(labels.Value) : System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty,
            Clear = Limits(
                keys.GetValueOrDefault("limits")?.Value,
                new ClearRequest
                {
                    Limits = source.Limits,
                    Allowed = keys.TryGetValue("allow", out YamlEntry? allow) ? Allowed(allow.Value, source) : System.Collections.Immutable.ImmutableHashSet<string>.Empty,
                    Scan = new ScanSettings
                    {
                        Filter = keys.TryGetValue("where", out YamlEntry? where) ? new FindingFilter(new PolicyFacets(nodes).Patterns(where.Value, [source], lines)) : FindingFilter.All,
                    },
                },
                lines),
            Lines = lines,
        };
    }

    private Dictionary<string, string> Options(YamlNode node, SourceRegistration source)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, YamlEntry entry) in nodes.Entries(node, "'options'", [.. source.Options.Select(option => option.Name)]))
        {
            SourceOption option = source.Options.First(candidate => candidate.Name == name);
            // Several addresses stand with commas on the command line; a file may have them as a list.
            IReadOnlyList<(YamlNode At, string Text)> texts = nodes.Texts(entry.Value, $"'{name}'", numbers: true);
            foreach ((YamlNode at, string text) in texts)
            {
                int authority = text.IndexOf("://", StringComparison.Ordinal);
                if (authority >= 0 && text.AsSpan(authority + 3).IndexOf('@') is > 0)
                {
                    nodes.Error(at, $"the address in '{name}' holds a user name or password, and a policy holds no secret", "take it out and make the password a new one; name a file or a variable that holds it");
                }
            }

            if (texts.Count > 0)
            {
                values[name] = option.IsPath && texts.Count == 1 ? nodes.FilePath(texts[0].At, $"'{name}'") ?? "" : string.Join(',', texts.Select(text => text.Text));
            }
        }

        return values;
    }

    private Dictionary<string, string> Labels(YamlNode node)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, YamlEntry entry) in nodes.Entries(node, "'labels'", null))
        {
            try
            {
                MetricLabels.Check(new Dictionary<string, string> { [name] = "" });
            }
            catch (ZombieOpsException e)
            {
                nodes.Error(entry.Key, e.Message, e.NextStep);
            }

            if (nodes.Text(entry.Value, $"the label {PolicyNodes.Quote(name)}", numbers: true) is { } value)
            {
                labels[name] = value;
            }
        }

        return labels;
    }

    private HashSet<string> Allowed(YamlNode node, SourceRegistration source)
    {
        var allowed = new Dictionary<string, YamlNode>(StringComparer.Ordinal);
        foreach ((YamlNode at, string text) in nodes.Texts(node, "'allow'"))
        {
            RemedyInfo? remedy = source.Remedies.FirstOrDefault(info => info.Code == Names.ToPascal(text));
            if (remedy is null)
            {
                SourceRegistration? other = SourceCatalog.All.FirstOrDefault(candidate => candidate.Remedies.Any(info => info.Code == Names.ToPascal(text)));
                nodes.Error(
                    at,
                    other is null ? $"no source has a remedy {PolicyNodes.Quote(text)}" : $"the source '{source.Name}' has no remedy {PolicyNodes.Quote(text)}, only '{other.Name}' has",
                    PolicyNodes.Guess(text, source.Remedies.Select(info => Names.ToKebab(info.Code))));
            }
            else if (!allowed.TryAdd(remedy.Code, at))
            {
                nodes.Error(at, $"{PolicyNodes.Quote(text)} is there twice", "keep one of them");
            }
        }

        foreach ((string code, YamlNode at) in allowed)
        {
            if (source.Remedies.First(info => info.Code == code).Escalates is { } milder && !allowed.ContainsKey(milder))
            {
                nodes.Error(at, $"'{Names.ToKebab(code)}' only makes '{Names.ToKebab(milder)}' harsher and never runs alone", $"add '{Names.ToKebab(milder)}'");
            }
        }

        return [.. allowed.Keys];
    }

    private ClearRequest Limits(YamlNode? node, ClearRequest request, Dictionary<string, int> lines)
    {
        if (node is null)
        {
            return request;
        }

        Dictionary<string, YamlEntry> keys = nodes.Keys(node, "'limits'", PolicyKeys.Limits);
        foreach ((string key, YamlEntry entry) in keys)
        {
            lines["limits." + key] = entry.Key.Line;
        }

        TimeSpan Time(string key, TimeSpan usual) => keys.TryGetValue(key, out YamlEntry? entry) ? nodes.Duration(entry.Value, $"'{key}'") ?? usual : usual;
        return request with
        {
            Grace = Time("grace", request.Grace),
            Scan = request.Scan with { MinAge = Time("min-age", request.Scan.MinAge), Settle = Time("settle", request.Scan.Settle) },
            Limits = request.Limits with
            {
                MaxCount = keys.TryGetValue("max-count", out YamlEntry? count) ? nodes.Count(count.Value, "'max-count'") ?? 0 : request.Limits.MaxCount,
                MaxShare = keys.TryGetValue("max-share", out YamlEntry? share) ? nodes.Share(share.Value, "'max-share'") ?? 0 : request.Limits.MaxShare,
                MaxMoves = keys.TryGetValue("max-moves", out YamlEntry? moves) ? nodes.Count(moves.Value, "'max-moves'") ?? 0 : request.Limits.MaxMoves,
                Watch = Time("watch", request.Limits.Watch),
                VerifyTimeout = Time("verify-timeout", request.Limits.VerifyTimeout),
            },
        };
    }

    /// <summary>Ledger, lock and metrics are by source and directory: two entries that share them would take one system for the other.</summary>
    private void CheckPlaces(YamlNode? list, IReadOnlyList<PolicySource> sources, string? state)
    {
        IReadOnlyList<YamlNode> items = list is YamlList items1 ? items1.Items : [];
        for (int i = 0; i < sources.Count; i++)
        {
            YamlNode at = items.FirstOrDefault(item => item.Line == sources[i].Line) ?? new YamlBad(sources[i].Line, 1);
            foreach (PolicySource before in sources.Take(i))
            {
                if (before.Name == sources[i].Name)
                {
                    nodes.Error(at, $"another entry, on line {before.Line}, has the name {PolicyNodes.Quote(before.Name)} as well", "give each a 'name' of its own");
                }

                if (before.Source == sources[i].Source && (before.State ?? state) == (sources[i].State ?? state))
                {
                    nodes.Error(at, $"the entry on line {before.Line} keeps its ledger of the source '{before.Source.Name}' in the same state directory", "give each a 'state' of its own");
                }

                if (before.MetricsFile is { } metrics && metrics == sources[i].MetricsFile)
                {
                    nodes.Error(at, $"the entry on line {before.Line} writes the same file of metrics", "give each a file of its own");
                }
            }
        }
    }

    private (string? File, IReadOnlyList<PolicyExemption> Own) Exemptions(YamlNode node, IReadOnlyList<PolicySource> sources) =>
        node is YamlScalar ? (nodes.FilePath(node, "'exemptions'"), []) : (null, new PolicyExemptionReader(nodes, path, now).Read(node, sources));

    private List<ForwardTarget> Forward(YamlNode node)
    {
        var targets = new List<ForwardTarget>();
        string[] words = [.. Enum.GetNames<ForwardTarget>().Select(Names.ToKebab)];
        foreach ((YamlNode at, string text) in nodes.Texts(node, "'forward'"))
        {
            int which = Array.IndexOf(words, text);
            if (which < 0)
            {
                nodes.Error(at, $"nothing can be forwarded to {PolicyNodes.Quote(text)}", PolicyNodes.Guess(text, words));
            }
            else if (targets.Contains((ForwardTarget)which))
            {
                nodes.Error(at, $"{PolicyNodes.Quote(text)} is there twice", "keep one of them");
            }
            else
            {
                targets.Add((ForwardTarget)which);
            }
        }

        return targets;
    }

    private PolicyNotify? Notify(YamlEntry entry)
    {
        Dictionary<string, YamlEntry> keys = nodes.Keys(entry.Value, "'notify'", PolicyKeys.Notify);
        IReadOnlyList<string> command = keys.TryGetValue("command", out YamlEntry? argv) && nodes.IsList(argv.Value, "'command'")
            ? [.. nodes.Texts(argv.Value, "'command'", numbers: true).Select(item => item.Text)]
            : [];
        if (command.Count > 0 && !Path.IsPathRooted(command[0]))
        {
            nodes.Error(argv!.Value, $"{PolicyNodes.Quote(command[0])} is no full path of a program", "write the program and each argument as an entry of a list, the program as in /usr/local/bin/tell; PATH is not searched and no shell is run");
        }

        TimeSpan timeout = keys.TryGetValue("timeout", out YamlEntry? limit) ? nodes.Duration(limit.Value, "'timeout'") ?? TimeSpan.Zero : TimeSpan.FromSeconds(30);
        if (timeout > TimeSpan.FromHours(1) || (limit is not null && timeout == TimeSpan.Zero))
        {
            nodes.Error(limit!.Value, "'timeout' is not between 1ms and 1h", "write it like 30s");
        }

        string[] words = [.. Enum.GetNames<NotifyWhen>().Select(Names.ToKebab)];
        NotifyWhen when = NotifyWhen.WorthTelling;
        if (keys.TryGetValue("when", out YamlEntry? moment) && nodes.Text(moment.Value, "'when'") is { } word)
        {
            int at = Array.IndexOf(words, word);
            if (at < 0)
            {
                nodes.Error(moment.Value, $"there is no moment {PolicyNodes.Quote(word)}", PolicyNodes.Guess(word, words));
            }

            when = (NotifyWhen)Math.Max(at, 0);
        }

        return new PolicyNotify(entry.Key.Line, command, timeout, when);
    }
}
