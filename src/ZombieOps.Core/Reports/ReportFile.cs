using System.Text.Json;

namespace ZombieOps.Reports;

/// <summary>Makes reports and writes them.</summary>
public static class ReportFile
{
    /// <summary>The format that a file's name says; HTML where it says none.</summary>
    /// <param name="path">The file.</param>
    public static ReportFormat FormatOf(string? path) => Path.GetExtension(path)?.ToUpperInvariant() switch
    {
        ".CSV" => ReportFormat.Csv,
        ".JSON" => ReportFormat.Json,
        _ => ReportFormat.Html,
    };

    /// <summary>Makes a report and writes it nowhere.</summary>
    /// <param name="options">State directory, exemptions, clock.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <exception cref="ZombieOpsException">As for the other methods.</exception>
    public static PeriodReport Make(EngineOptions options, ReportRequest request, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(request);
        return new ReportBuilder(options, request).Build(null, null, cancel);
    }

    /// <summary>Makes a report and writes it to a stream.</summary>
    /// <param name="options">State directory, exemptions, clock.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="format">How.</param>
    /// <param name="to">Where to; it stays open.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <exception cref="ZombieOpsException">
    /// <see cref="ErrorIds.NoStateDirectory"/>, <see cref="ErrorIds.BadArgument"/> (there is no such directory), <see cref="ErrorIds.AuditBusy"/>. What else cannot be read is in
    /// the report.
    /// </exception>
    public static PeriodReport Write(EngineOptions options, ReportRequest request, ReportFormat format, Stream to, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(to);
        var builder = new ReportBuilder(options, request);
        if (format == ReportFormat.Csv)
        {
            using var csv = new CsvReport(to);
            return builder.Build(csv.Begin, csv.Add, cancel);
        }

        PeriodReport report = builder.Build(null, null, cancel);
        if (format == ReportFormat.Json)
        {
            JsonSerializer.Serialize(to, report, ZombieJson.Info<PeriodReport>(indented: true));
            to.WriteByte((byte)'\n');
        }
        else
        {
            HtmlReport.Write(report, to);
        }

        return report;
    }

    /// <summary>Makes a report and writes it to a file: the whole file or none of it.</summary>
    /// <param name="options">State directory, exemptions, clock.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="format">How.</param>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.CannotWrite"/>, and as for a stream.</exception>
    public static PeriodReport Write(EngineOptions options, ReportRequest request, ReportFormat format, string path, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            PeriodReport report;
            var how = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                // As the audit log itself: it holds names, users and command lines.
                how.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
            }

            using (var file = new FileStream(temporary, how))
            {
                report = Write(options, request, format, file, cancel);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
            return report;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ZombieOpsException(ErrorIds.CannotWrite, ExitCode.BadUsage, $"the report {path} cannot be written: {e.Message.ReplaceLineEndings(" ")}", "name another file", e);
        }
        finally
        {
            Remove(temporary);
        }
    }

    private static void Remove(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // It was moved into place, or the error before is what matters.
        }
    }
}
