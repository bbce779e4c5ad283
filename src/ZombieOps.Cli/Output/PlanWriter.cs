using System.Globalization;
using ZombieOps.Clearing;
using ZombieOps.Cli.Hosting;
using ZombieOps.Model;
using ZombieOps.Text;

namespace ZombieOps.Cli.Output;

/// <summary>Writes a plan for people who are to read it.</summary>
internal static class PlanWriter
{
    /// <summary>Who made it, what it does, what its hash is.</summary>
    public static void Steps(Shell shell, PlanDocument document)
    {
        Plan plan = document.Plan;
        Row(shell, "plan", $"{plan.PlanId}, {document.Path}");
        Row(shell, "sha256", document.Sha256);
        Row(shell, "made", $"by {plan.CreatedBy} at {Time(plan.CreatedAt)} on {plan.Scan.Host}");
        foreach (PlanStep step in plan.Steps)
        {
            Finding finding = plan.Scan.Findings.First(item => item.Id == step.FindingId);
            RemedyOffer? offer = finding.Remedies.FirstOrDefault(item => item.Name == step.Remedy);
            Row(shell, "step", $"{Names.ToKebab(step.Remedy)} {finding.Target}, {Names.ToKebab(finding.Cause)}, age {FindingText.Age(finding)}, parent {FindingText.Parent(finding)}");
            if (offer is not null)
            {
                Row(shell, "", $"{offer.Does} Harm: {offer.Harm}");
            }
        }

        if (plan.Steps.Count == 0)
        {
            Row(shell, "step", "none");
        }
    }

    /// <summary>The same, with what the audit log knows of it.</summary>
    public static void Write(Shell shell, PlanReview review)
    {
        Steps(shell, new PlanDocument(review.Path, review.Plan, review.Sha256));
        Row(shell, "author", review.Author ?? "not known to the audit log: these bytes cannot be approved");
        if (review.LogProblem is { } problem)
        {
            Row(shell, "log", $"does not verify, so no approval counts: {problem}");
        }

        foreach (PlanApproval approval in review.Approvals)
        {
            string state = approval.Holds ? shell.Palette.Good("holds") : shell.Palette.Careful("does not hold");
            Row(shell, "approval", string.Create(CultureInfo.InvariantCulture, $"record {approval.Sequence}, by {approval.By} at {Time(approval.At)} until {(approval.Expires is { } end ? Time(end) : "-")}: {approval.Why}"));
            shell.Out.WriteLine($"{"",-9} {state}{(approval.Because is { } because ? $": {Printable.Clean(because.ReplaceLineEndings(" "))}" : "")}");
        }

        if (review.Approvals.Count == 0)
        {
            Row(shell, "approval", "none");
        }
    }

    private static void Row(Shell shell, string label, string text) => shell.Out.WriteLine($"{shell.Palette.Bold(label.PadRight(9))} {Printable.Clean(text.ReplaceLineEndings(" "))}");

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
