using System.Globalization;
using System.Text.Json;
using ZombieOps.Sources.Search.Client;

namespace ZombieOps.Sources.Search.Clearing;

/// <summary>What has to be so before shards may be moved: health green, nothing on its way, room on every disk.</summary>
/// <param name="despite">Guards that the user has switched off.</param>
internal sealed class ActGuards(IReadOnlySet<string> despite)
{
    /// <summary>Names of the guards, as the option <c>despite</c> takes them.</summary>
    public static readonly string[] Names = ["health", "relocation", "disk", NoNode, EveryNode];

    /// <summary>A mark names a node.</summary>
    public const string NoNode = "no-node";

    /// <summary>A mark leaves a node that may hold data.</summary>
    public const string EveryNode = "every-node";

    /// <summary>Whether a guard is switched off.</summary>
    public bool IsOff(string name) => despite.Contains(name);

    private const string HealthPath = "_cluster/health?filter_path=status,relocating_shards,initializing_shards";
    private const string DiskPath = "_nodes/stats/fs?filter_path=nodes.*.name,nodes.*.roles,nodes.*.fs.total";
    private const string Watermark = SettingNames.Allocation + "disk.watermark.low";

    /// <summary>Reads the option.</summary>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.BadArgument"/>.</exception>
    public static ActGuards Read(string? text)
    {
        var names = (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToHashSet(StringComparer.Ordinal);
        return names.FirstOrDefault(name => !Names.Contains(name)) is { } wrong
            ? throw new ZombieOpsException(ErrorIds.BadArgument, ExitCode.BadUsage, $"'despite' does not know '{Text.Printable.Clean(wrong)}'", $"use some of: {string.Join(", ", Names)}")
            : new ActGuards(names);
    }

    /// <summary>Why nothing may be moved now, with the next step; null where it may.</summary>
    public async Task<string?> CheckAsync(SearchClient client, CancellationToken cancel)
    {
        if (!despite.Contains("health") || !despite.Contains("relocation"))
        {
            using JsonDocument health = await client.GetAsync($"{HealthPath}&master_timeout={client.MasterTimeout}", cancel).ConfigureAwait(false);
            string? status = Json.Text(health.RootElement, "status");
            int? relocating = Number(health.RootElement, "relocating_shards"), initializing = Number(health.RootElement, "initializing_shards");
            if (!despite.Contains("health") && status != "green")
            {
                return $"the cluster is {status ?? "in an unknown state"} and not green: mend it first, or say '--despite health'";
            }

            if (!despite.Contains("relocation") && (relocating, initializing) is not (0, 0))
            {
                return $"{relocating?.ToString(CultureInfo.InvariantCulture) ?? "?"} shards are moving and {initializing?.ToString(CultureInfo.InvariantCulture) ?? "?"} are being set up: wait until they are, or say '--despite relocation'";
            }
        }

        return despite.Contains("disk") ? null : await DiskAsync(client, cancel).ConfigureAwait(false);
    }

    private static async Task<string?> DiskAsync(SearchClient client, CancellationToken cancel)
    {
        using JsonDocument settings = await client.GetAsync($"{SettingsAnswer.Path(client.MasterTimeout)}&include_defaults=true", cancel).ConfigureAwait(false);
        string? low = Setting(settings.RootElement, Watermark);
        if (low is null || !DiskLimit.TryParse(low, Setting(settings.RootElement, Watermark + ".max_headroom"), out DiskLimit? limit))
        {
            return $"the low disk watermark, '{Text.Printable.Clean(low ?? "")}', cannot be read: look at the disks yourself and say '--despite disk'";
        }

        using JsonDocument stats = await client.GetAsync(DiskPath, cancel).ConfigureAwait(false);
        foreach (JsonProperty node in Json.Object(stats.RootElement, "nodes", "GET /_nodes/stats/fs").EnumerateObject())
        {
            if (node.Value.TryGetProperty("roles", out JsonElement roles) && !roles.EnumerateArray().Any(role => role.GetString()?.StartsWith("data", StringComparison.Ordinal) == true))
            {
                continue;
            }

            string name = Json.Text(node.Value, "name") ?? node.Name;
            if (!node.Value.TryGetProperty("fs", out JsonElement fs) || !fs.TryGetProperty("total", out JsonElement total)
                || !total.TryGetProperty("total_in_bytes", out JsonElement size) || !size.TryGetInt64(out long bytes)
                || !total.TryGetProperty("available_in_bytes", out JsonElement available) || !available.TryGetInt64(out long free) || bytes <= 0)
            {
                return $"how full the disk of {Text.Printable.Clean(name)} is cannot be read: look at it yourself and say '--despite disk'";
            }

            if (free <= limit!.MinimumFree(bytes))
            {
                return string.Create(CultureInfo.InvariantCulture, $"the disk of {Text.Printable.Clean(name)} is {1 - ((double)free / bytes):P0} full, and the low watermark is {low}: make room first, or say '--despite disk'");
            }
        }

        return null;
    }

    private static string? Setting(JsonElement root, string name)
    {
        foreach (string scope in (string[])["transient", "persistent", "defaults"])
        {
            if (root.TryGetProperty(scope, out JsonElement settings) && settings.ValueKind == JsonValueKind.Object && settings.TryGetProperty(name, out JsonElement value))
            {
                return value.ToString();
            }
        }

        return null;
    }

    private static int? Number(JsonElement root, string name) => root.TryGetProperty(name, out JsonElement value) && value.TryGetInt32(out int number) ? number : null;
}

/// <summary>
/// A low disk watermark: a share of the disk that may be in use (<c>85%</c>, <c>0.85</c>, in Elasticsearch 8 with a headroom above which it does not count), or
/// bytes that have to be free (<c>50gb</c>).
/// </summary>
internal sealed record DiskLimit
{
    private static readonly (string Unit, long Bytes)[] Units = [("pb", 1L << 50), ("tb", 1L << 40), ("gb", 1L << 30), ("mb", 1L << 20), ("kb", 1L << 10), ("p", 1L << 50), ("t", 1L << 40), ("g", 1L << 30), ("m", 1L << 20), ("k", 1L << 10), ("b", 1)];

    private double? Share { get; init; }

    private long Bytes { get; init; }

    /// <summary>Reads one.</summary>
    /// <param name="text">The watermark.</param>
    /// <param name="headroom">The most that has to be free for a share; null, empty or -1 for none.</param>
    /// <param name="limit">The limit.</param>
    public static bool TryParse(string text, string? headroom, out DiskLimit? limit)
    {
        limit = null;
        text = text.Trim().ToLowerInvariant();
        if (Size(text) is { } bytes)
        {
            limit = new DiskLimit { Bytes = bytes };
            return true;
        }

        bool percent = text.EndsWith('%');
        if (!double.TryParse(percent ? text[..^1] : text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number))
        {
            return false;
        }

        double share = percent ? number / 100 : number;
        string most = headroom?.Trim().ToLowerInvariant() ?? "";
        long room = most is "" or "-1" ? long.MaxValue : Size(most) ?? -1;
        if (share is not (>= 0 and <= 1) || room < 0)
        {
            return false;
        }

        limit = new DiskLimit { Share = share, Bytes = room };
        return true;
    }

    /// <summary>Bytes that have to be free on a disk, or it is at the watermark.</summary>
    /// <param name="size">Size of the disk.</param>
    public long MinimumFree(long size) => Share is { } share ? Math.Min((long)(size * (1 - share)), Bytes) : Bytes;

    private static long? Size(string text)
    {
        foreach ((string unit, long bytes) in Units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal))
            {
                return double.TryParse(text[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) ? (long)(number * bytes) : null;
            }
        }

        return null;
    }
}
