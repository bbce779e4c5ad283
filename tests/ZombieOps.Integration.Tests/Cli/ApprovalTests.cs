using System.Text.Json;
using Xunit;
using ZombieOps.Audit;
using ZombieOps.Cli.Drill;

namespace ZombieOps.Integration.Tests.Cli;

/// <summary><c>plan show</c>, <c>plan approve</c> and <c>--require-approval</c> on real zombies. The people are made by <c>SUDO_USER</c>, as sudo(8) sets it.</summary>
public sealed class ApprovalTests : IDisposable
{
    private readonly ZombieOpsCli cli = new();

    public ApprovalTests()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "root, so that SUDO_USER says who it is");
        Assert.SkipUnless(HostUsers.Login("/proc") is null, "a session that nobody logged in to (/proc/self/loginuid)");
    }

    public void Dispose() => cli.Dispose();

    [Fact]
    public void One_makes_a_plan_another_approves_it_and_a_real_zombie_goes()
    {
        using var actor = Actor.Start("stopped");
        As("alice", $"plan -o plan.json --allow continue --min-age 0 --where pid={actor.ZombiePid}").Exits(0);
        const string Clear = "clear --plan plan.json --require-approval --min-age 0 --watch 0 --yes --why CHG-1";
        As("carol", Clear).Fails(5, "NotApproved");
        As("alice", "plan approve plan.json --why mine").Fails(5, "SelfApproval");
        cli.Shell("$ZOMBIEOPS plan approve plan.json --why nobody").Fails(5, "ApproverUnknown");
        As("bob", "plan approve plan.json").Fails(2, "BadArgument");
        As("bob", "plan approve plan.json --why x --sha256 00").Fails(2, "BadArgument");
        Assert.Equal('Z', ProcFs.State(actor.ZombiePid));

        CliResult approved = As("bob", "plan approve plan.json --why 'CHG-1, seen' --for 2h").Exits(0);
        Assert.Matches(@"approved by root \(sudo by bob\) until \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ: record 2 of the audit log", approved.Out);
        Assert.Contains($"step      continue ", approved.Out, StringComparison.Ordinal);
        CliResult shown = As("carol", "plan show plan.json").Exits(0);
        Assert.Contains("author    root (sudo by alice)", shown.Out, StringComparison.Ordinal);
        Assert.Contains("record 2, by root (sudo by bob)", shown.Out, StringComparison.Ordinal);
        Assert.Contains("holds", shown.Out, StringComparison.Ordinal);

        As("carol", "plan show plan.json --output json").Exits(0);
        As("carol", Clear).Exits(0);
        Assert.Null(ProcFs.State(actor.ZombiePid));
        List<AuditRecord> records = [.. AuditReader.Read(Path.Combine(cli.State, "audit"))];
        Assert.Equal([AuditKind.Planned, AuditKind.Approved, AuditKind.RunStarted, AuditKind.Intent, AuditKind.Outcome, AuditKind.RunEnded], records.Select(record => record.Kind));
        Assert.All(records[2..], record => Assert.Equal(2, record.Approval));
        cli.Run("audit", "verify").Exits(0);
        CliResult table = cli.Run("audit", "show").Exits(0);
        Assert.Contains("(approved by record 2)", table.Out, StringComparison.Ordinal);
        Assert.Matches(@"approved +plan [0-9a-f]+, sha256 [0-9a-f]{64}, until .*Z: CHG-1, seen", table.Out);
    }

    [Fact]
    public void A_file_that_was_changed_after_the_approval_is_refused_and_the_zombie_stays()
    {
        using var actor = Actor.Start("stopped");
        using var other = Actor.Start("stopped");
        As("alice", $"plan -o plan.json --allow continue --min-age 0 --where pid={actor.ZombiePid}").Exits(0);
        As("bob", "plan approve plan.json --why CHG-1").Exits(0);
        As("alice", $"plan -o plan.json --allow continue --min-age 0 --where pid={other.ZombiePid}").Exits(0);
        As("alice", "clear --plan plan.json --require-approval --min-age 0 --yes").Fails(5, "NotApproved");
        As("alice", "clear --require-approval --yes").Fails(2, "BadArgument");
        As("alice", "clear --plan plan.json --require-approval --allow reap --yes").Fails(2, "BadArgument");
        Assert.Equal(('Z', 'Z'), (ProcFs.State(actor.ZombiePid), ProcFs.State(other.ZombiePid)));
    }

    [Fact]
    public void A_policy_that_requires_an_approval_clears_a_real_zombie_only_by_an_approved_plan()
    {
        using var actor = Actor.Start("stopped");
        File.WriteAllText(cli.File("policy.yaml"), $"schema: zombieops-policy/1\nrequire-approval: true\nsources:\n  - source: process\n    where: {{pid: {actor.ZombiePid}}}\n    allow: [continue]\n    limits: {{min-age: 0, max-share: 1, watch: 0}}\n");
        CliResult scanned = As("carol", "run --policy policy.yaml").Exits(1);
        Assert.Contains("needs a plan that somebody else approves", scanned.Out, StringComparison.Ordinal);
        As("alice", $"plan -o plan.json --allow continue --min-age 0 --where pid={actor.ZombiePid}").Exits(0);
        Assert.Contains("NotApproved", As("carol", "run --policy policy.yaml --plan plan.json").Exits(5).Err, StringComparison.Ordinal);
        As("bob", "plan approve plan.json --why CHG-1").Exits(0);
        As("carol", "run --policy policy.yaml --plan plan.json --dry-run").Exits(1);
        Assert.Equal('Z', ProcFs.State(actor.ZombiePid));
        As("carol", "run --policy policy.yaml --plan plan.json").Exits(0);
        Assert.Null(ProcFs.State(actor.ZombiePid));
    }

    /// <summary>The kernel keeps who logged in, so that a variable is no disguise.</summary>
    [Fact]
    public void Who_logged_in_is_known_whatever_a_variable_says()
    {
        using var actor = Actor.Start("stopped");
        const string LoggedIn = "echo 4242 > /proc/self/loginuid";
        Assert.SkipUnless(cli.Shell($"({LoggedIn}) 2>/dev/null && sh -c '{LoggedIn} && grep -qx 4242 /proc/self/loginuid'").Exit == 0, "the right to set a login uid (CAP_AUDIT_CONTROL)");
        cli.Shell($"{LoggedIn}; SUDO_USER=alice exec $ZOMBIEOPS plan -o plan.json --allow continue --min-age 0 --where pid={actor.ZombiePid}").Exits(0);
        cli.Shell($"{LoggedIn}; SUDO_USER=bob exec $ZOMBIEOPS plan approve plan.json --why disguised").Fails(5, "SelfApproval");
        JsonElement plan = JsonDocument.Parse(File.ReadAllText(cli.File("plan.json"))).RootElement;
        Assert.Equal("root (sudo by alice, login 4242)", plan.GetProperty("createdBy").GetString());
        As("bob", "plan approve plan.json --why real").Exits(0);
    }

    [Fact]
    public void A_plan_that_was_not_written_down_cannot_be_approved_and_is_as_good_for_the_rest()
    {
        using var actor = Actor.Start("stopped");
        As("alice", $"plan -o plan.json --no-ledger --allow continue --min-age 0 --where pid={actor.ZombiePid}").Exits(0);
        Assert.False(Directory.Exists(cli.State));
        As("bob", "plan approve plan.json --why CHG-1").Fails(5, "PlanUnrecorded");
        Assert.Contains("not known to the audit log", As("bob", "plan show plan.json").Exits(0).Out, StringComparison.Ordinal);
        As("carol", "clear --plan plan.json --min-age 0 --watch 0 --yes").Exits(0);
    }

    private CliResult As(string user, string command) => cli.Shell($"SUDO_USER={user} $ZOMBIEOPS {command}");
}
