using System.Globalization;
using System.Text;

namespace ZombieOps.Metrics;

/// <summary>Prometheus' text exposition format 0.0.4, gauges only: what node_exporter's textfile collector reads.</summary>
/// <param name="always">Labels that every sample carries, first.</param>
internal sealed class MetricText(IReadOnlyList<(string Name, string Value)> always)
{
    private readonly StringBuilder text = new();

    /// <summary>Writes one metric with its samples; without a sample nothing is written.</summary>
    public void Gauge(string name, string help, IEnumerable<(IReadOnlyList<(string Name, string Value)> Labels, double Value)> samples)
    {
        bool begun = false;
        foreach ((IReadOnlyList<(string Name, string Value)> labels, double value) in samples)
        {
            if (!begun)
            {
                begun = true;
                text.Append("# HELP ").Append(name).Append(' ').Append(help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append('\n');
                text.Append("# TYPE ").Append(name).Append(" gauge\n");
            }

            text.Append(name).Append('{').AppendJoin(',', always.Concat(labels).Select(label => $"{label.Name}=\"{Escape(label.Value)}\"")).Append("} ").Append(Number(value)).Append('\n');
        }
    }

    /// <summary>Writes one metric that has a single sample; null for none.</summary>
    public void Gauge(string name, string help, double? value) => Gauge(name, help, value is { } one ? [([], one)] : []);

    /// <summary>All that was written.</summary>
    public byte[] ToBytes() => Encoding.UTF8.GetBytes(text.ToString());

    /// <summary>A label's value as the format wants it.</summary>
    public static string Escape(string value) => value
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal);

    // Timestamps with their milliseconds and never an exponent, so that a person can read them too.
    private static string Number(double value) => value == Math.Floor(value) && Math.Abs(value) < 1e15
        ? value.ToString("F0", CultureInfo.InvariantCulture)
        : value.ToString("0.###", CultureInfo.InvariantCulture);
}
