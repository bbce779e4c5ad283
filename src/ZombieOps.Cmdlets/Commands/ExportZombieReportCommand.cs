using System.Management.Automation;
using ZombieOps.Audit;
using ZombieOps.Cmdlets.Binding;
using ZombieOps.Cmdlets.Errors;
using ZombieOps.Reports;
using ZombieOps.Text;

namespace ZombieOps.Cmdlets.Commands;

/// <summary>Writes a report of a period for an auditor, as HTML, CSV or JSON, and gives it as an object.</summary>
[Cmdlet(VerbsData.Export, "ZombieReport", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low,
    HelpUri = "https://github.com/zombieops/zombieops/blob/main/docs/en-US/Export-ZombieReport.md")]
[OutputType(typeof(PeriodReport))]
public sealed class ExportZombieReportCommand : EngineCommand
{
    /// <summary>The file to write.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>How; by default what the name of the file says.</summary>
    [Parameter]
    public ReportFormat Format { get; set; }

    /// <summary>Beginning of the period.</summary>
    [Parameter]
    [Moment]
    public string? From { get; set; }

    /// <summary>End of the period.</summary>
    [Parameter]
    [Moment]
    public string? To { get; set; }

    /// <summary>A record that has to be in the audit log.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Anchor { get; set; }

    /// <summary>How long there may be no complete scan of a source.</summary>
    [Parameter]
    [Duration]
    public TimeSpan MaxGap { get; set; } = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    protected override void ProcessRecord() => Guarded(() =>
    {
        EngineOptions options = Surroundings();
        ReportRequest request = ReportRequest.For(From, To, options.Clock.GetUtcNow()) with
        {
            Anchor = Anchor is null ? null : AuditAnchor.Parse(Anchor),
            MaxGap = MaxGap,
        };
        string file = FilePath(Path);
        ReportFormat format = MyInvocation.BoundParameters.ContainsKey(nameof(Format)) ? Format : ReportFile.FormatOf(file);
        PeriodReport report = ShouldProcess(Printable.Clean(file), $"Write the report as {format}")
            ? ReportFile.Write(options, request, format, file, Stop)
            : ReportFile.Make(options, request, Stop);
        WriteObject(report);
        foreach (ReportNote note in report.Attention.Where(note => note.Grade != ReportGrade.Note))
        {
            WriteWarning(Printable.Clean(ErrorFactory.InPowerShell(note.Says)));
        }
    });
}
