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
        if (value is TimeSpan span && span >= TimeSpan.Zero)
        {
            return span;
        }

        // PowerShell reads 90s as a 16-bit number and 2d as a decimal one (about_Numeric_Literals); the wrapper keeps what was typed.
        string text = value is TimeSpan negative
            ? negative.ToString()
            : (inputData is PSObject typed ? typed.ToString() : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "").Trim();
        if (Durations.TryParse(text, out span))
        {
            return span;
        }

        // As a TimeSpan is written; "5:30" could be minutes or hours, so both colons are asked for.
        return text.Count(c => c == ':') == 2 && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out span) && span >= TimeSpan.Zero
            ? span
            : throw new ArgumentTransformationMetadataException(
                $"'{Printable.Clean(text)}' is no duration; give {Durations.Examples}, or a TimeSpan of zero or more");
    }
}
