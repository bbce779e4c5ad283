using System.Globalization;
using System.Management.Automation;
using ZombieOps.Text;

namespace ZombieOps.Cmdlets.Binding;

/// <summary>
/// Lets a <see cref="TimeSpan"/> parameter take <c>5m</c> or <c>1h30m</c>. A number without a unit is refused: PowerShell would
/// take 5 for five ticks of 100 nanoseconds.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DurationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value switch
        {
            TimeSpan span when span >= TimeSpan.Zero => span,
            string text when Durations.TryParse(text.Trim(), out TimeSpan span) => span,
            string text when text.Count(c => c == ':') == 2 && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan span) && span >= TimeSpan.Zero => span,
            IFormattable number when Durations.TryParse(number.ToString(null, CultureInfo.InvariantCulture), out TimeSpan span) => span,
            _ => throw new ArgumentTransformationMetadataException(
                $"'{Printable.Clean(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")}' is no duration; give {Durations.Examples}, or a TimeSpan of zero or more"),
        };
    }
}
