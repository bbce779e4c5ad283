using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;
using ZombieOps.Clearing;
using ZombieOps.Model;
using ZombieOps.Reports;

namespace ZombieOps.Core.Tests.Reports;

/// <summary>A fixed audit log gives the very same report in every form, but for the directory, the version and what hangs on the log's hashes.</summary>
public sealed class GoldenTests : IDisposable
{
    private readonly ReportFixture fixture = new();

    public void Dispose() => fixture.Dispose();

    [Theory]
    [InlineData(ReportFormat.Html, "report.html")]
    [InlineData(ReportFormat.Csv, "report.csv")]
    [InlineData(ReportFormat.Json, "report.json")]
    public void A_fixed_log_gives_a_fixed_report(ReportFormat format, string name)
    {
        // Whoever runs it may write numbers and times in another way.
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (culture.NumberFormat.NumberDecimalSeparator, culture.DateTimeFormat.TimeSeparator, culture.DateTimeFormat.DateSeparator) = (",", ".", "|");
        CultureInfo.CurrentCulture = culture;
        Fill();
        string text = fixture.Text(format, "2026-11-18", "2026-11-24T12:00Z").ReplaceLineEndings("\n");
        text = text.Replace(fixture.State, "/var/lib/zombieops", StringComparison.Ordinal).Replace(fixture.Options.ConfigDirectory, "/etc/zombieops", StringComparison.Ordinal);
        text = Regex.Replace(text, "[0-9a-f]{64}", match => match.Value[..8] == "aaaaaaaa" ? match.Value : "HASH");
        text = Regex.Replace(text, @"(zombieops |""version"": "")[0-9]+\.[0-9]+\.[0-9]+[^ ""]*", "$1VERSION");
        text = Regex.Replace(text, "<style>.*?</style>", "<style>…</style>", RegexOptions.Singleline);
        text = Regex.Replace(text, "sha256-[A-Za-z0-9+/=]{44}", "sha256-…");
        string golden = RepositoryRoot.File($"tests/Fixtures/report/{name}");
        if (!File.Exists(golden) || File.ReadAllText(golden) != text)
        {
            string now = Path.Combine(Path.GetTempPath(), name);
            File.WriteAllText(now, text);
            Assert.Fail($"{golden} is another report: look at the difference to {now} and copy it over if it is meant");
        }
    }

    private void Fill()
    {
        DateTimeOffset from = new(2026, 11, 18, 0, 0, 0, TimeSpan.Zero);
        fixture.Ticks(from.AddDays(-1), from.AddDays(2));
        fixture.Ticks(from.AddDays(2).AddHours(5), ReportFixture.Start);
        fixture.Clock.Now = from.AddHours(3);
        long first = fixture.Act(ReportFixture.Zombie(11, "report-worker", "process:boot-1:812:1"));
        fixture.Clock.Now = from.AddHours(30);
        fixture.Act(ReportFixture.Zombie(12, "report-worker", "process:boot-1:812:1"), ClearOutcome.Failed, ClearReasons.StillThere, "asked to reap; it is still there");
        fixture.Clock.Now = from.AddDays(3);
        fixture.Act(ReportFixture.Zombie(13, "<b>\u202etxt", "x"), ClearOutcome.NotPermitted, "NotPermitted", "ptrace: operation not permitted", why: "=by hand");
        fixture.Clock.Now = from.AddDays(4);
        fixture.Act(ReportFixture.Zombie(11, "report-worker", "process:boot-1:812:1"), ClearOutcome.Undone, ClearReasons.VerifiedBack, "it is back", remedy: "Undo", undoes: first, why: "ticket 12");
        fixture.Clock.Now = from.AddDays(5);
        fixture.Act(ReportFixture.Zombie(14, "batch", "y"), outcome: null);
        fixture.Clock.Now = ReportFixture.Start;
    }
}
