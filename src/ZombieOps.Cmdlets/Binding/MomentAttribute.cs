using System.Globalization;
using System.Management.Automation;

namespace ZombieOps.Cmdlets.Binding;

/// <summary>
/// Lets a parameter that takes a time as text take a DateTime as well: PowerShell would write that in a form of its own. It also keeps what was typed for <c>-7d</c>, which
/// PowerShell reads as a decimal number (about_Numeric_Literals).
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MomentAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value switch
        {
            // One of no stated kind is local time, as everywhere in PowerShell.
            DateTime time => new DateTimeOffset(time).ToString("yyyy-MM-dd'T'HH:mm:ss.fffffffzzz", CultureInfo.InvariantCulture),
            DateTimeOffset time => time.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffffzzz", CultureInfo.InvariantCulture),
            _ => (inputData is PSObject typed ? typed.ToString() : Convert.ToString(value, CultureInfo.InvariantCulture)) ?? "",
        };
    }
}
