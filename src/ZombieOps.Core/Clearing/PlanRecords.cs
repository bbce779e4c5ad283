using System.Text.Json;
using ZombieOps.Audit;

namespace ZombieOps.Clearing;

/// <summary>An approval, and the latest time that a record after it carries.</summary>
internal sealed class SeenApproval(AuditRecord record)
{
    public AuditRecord Record { get; } = record;

    public DateTimeOffset LaterAt { get; set; } = record.At;
}

/// <summary>What an audit log holds of one plan. It is read and verified in one pass.</summary>
internal sealed class PlanRecords
{
    private PlanRecords(string directory) => Directory = directory;

    /// <summary>Directory of the log.</summary>
    public string Directory { get; }

    /// <summary>Who wrote these very bytes.</summary>
    public List<AuditRecord> Authors { get; } = [];

    /// <summary>Approvals of the plan's identity or of its bytes, oldest first.</summary>
    public List<SeenApproval> Approvals { get; } = [];

    /// <summary>What is wrong with the log; null where nothing is.</summary>
    public string? Problem { get; private set; }

    /// <summary>Number of the last record that <c>head</c> knows.</summary>
    public long Known { get; private set; }

    public static PlanRecords Read(EngineOptions options, PlanDocument document)
    {
        var found = new PlanRecords(AuditVerifier.DirectoryOf(options));
        AuditVerification verified = AuditVerifier.Verify(found.Directory, null, (fields, line) => found.Take(fields, line, document), out long known, default);
        found.Known = known;
        // Segments that were archived and a line that a crash left torn say nothing against the records that are here.
        found.Problem = verified.FaultCount > verified.Faults.Count
            ? "it has more faults than are told"
            : verified.Faults.FirstOrDefault(fault => fault.Kind is not (AuditFaultKind.EarlierMissing or AuditFaultKind.TornTail))?.ToString();
        return found;
    }

    /// <summary>Fails where the log is not what was written.</summary>
    public void CheckSound()
    {
        if (Problem is not null)
        {
            throw new ZombieOpsException(
                ErrorIds.AuditBroken, ExitCode.NotPermitted, $"the audit log in {Directory} does not verify, so no approval in it counts: {Problem}", "see 'zombieops audit verify'");
        }
    }

    private void Take(AuditLineFields fields, ReadOnlySpan<byte> line, PlanDocument document)
    {
        foreach (SeenApproval earlier in Approvals)
        {
            earlier.LaterAt = fields.At > earlier.LaterAt ? fields.At : earlier.LaterAt;
        }

        if (fields.Kind is not (AuditKind.Planned or AuditKind.Approved))
        {
            return;
        }

        AuditRecord record;
        try
        {
            record = AuditLine.Read(line);
        }
        catch (JsonException)
        {
            // A record of a later version: it is not known to be an approval.
            return;
        }

        if (record.Kind == AuditKind.Planned && record.PlanHash == document.Sha256)
        {
            Authors.Add(record);
        }
        else if (record.Kind == AuditKind.Approved && (record.PlanHash == document.Sha256 || record.PlanId == document.Plan.PlanId))
        {
            Approvals.Add(new SeenApproval(record));
        }
    }
}
