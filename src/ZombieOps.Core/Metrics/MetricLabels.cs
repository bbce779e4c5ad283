namespace ZombieOps.Metrics;

/// <summary>Labels that a user adds to every metric, to tell two clusters of one host apart.</summary>
internal static class MetricLabels
{
    private static readonly string[] Ours = ["source", "verdict", "reason", "outcome", "version"];

    /// <summary>Refuses names that Prometheus does not take or that mean something here already.</summary>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.BadArgument"/>.</exception>
    public static void Check(IReadOnlyDictionary<string, string> labels)
    {
        foreach (string name in labels.Keys)
        {
            // Names that begin with two underscores are Prometheus' own.
            bool sound = name.Length > 0 && !char.IsAsciiDigit(name[0]) && !name.StartsWith("__", StringComparison.Ordinal) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
            if (!sound || Ours.Contains(name, StringComparer.Ordinal))
            {
                throw new ZombieOpsException(
                    ErrorIds.BadArgument,
                    ExitCode.BadUsage,
                    $"'{Text.Printable.Clean(name)}' cannot be the name of a label of metrics",
                    sound ? $"use another: {string.Join(", ", Ours)} are set already" : "use letters, digits and underscores, not a digit first, such as cluster");
            }
        }
    }
}
