using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Xunit;
using ZombieOps.Audit;
using ZombieOps.Model;
using ZombieOps.Reports;
using ZombieOps.Sources.Processes;
using ZombieOps.Sweeping;

namespace ZombieOps.Integration.Tests.Reports;

/// <summary>The page in a real browser: on a wide screen, on a phone, in the dark and on paper.</summary>
public sealed class BrowserTests : IDisposable
{
    private const string Hostile = "<script>document.title='owned'</script><img src=http://127.0.0.1:9/x onerror=document.title='owned'>\u202egnp.exe";
    private readonly string directory = Directory.CreateTempSubdirectory("zombieops-page-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Theory]
    [InlineData(1280, "light")]
    [InlineData(1280, "dark")]
    [InlineData(1000, "light")]
    [InlineData(768, "light")]
    [InlineData(360, "light")]
    [InlineData(320, "dark")]
    public async Task It_shows_all_and_complains_of_nothing_at_any_width(int width, string scheme)
    {
        string page = Page();
        await using Browser browser = await Browser.StartAsync();
        await browser.PretendAsync("screen", scheme);
        await browser.OpenAsync("file://" + page, width);

        await Keep(browser, $"{width}-{scheme}");
        Assert.Empty(browser.Complaints);
        Assert.All(browser.Requests.Where(url => url != "about:blank"), url => Assert.Equal("file://" + page, url));
        string shown = await browser.EvaluateAsync("document.body.innerText");
        foreach (string text in (string[])["worker1 (1)", "ParentNotWaiting", "its only thread is dead", "reaped, exit status 0", "it is still there", "U+202E", "<script>document.title", "Unit app.service", "by sudo from ada", "no outcome"])
        {
            Assert.Contains(text, shown, StringComparison.Ordinal);
        }

        Assert.StartsWith("ZombieOps report", await browser.EvaluateAsync("document.title"), StringComparison.Ordinal);
        Assert.Equal("0", await browser.EvaluateAsync("document.querySelectorAll('script,img,link,iframe,[style]').length"));

        // The style sheet is let in by its hash, and nothing reaches out to the side.
        Assert.NotEqual("0px", await browser.EvaluateAsync("getComputedStyle(document.querySelector('.verdict')).borderLeftWidth"));
        Assert.Equal(scheme == "dark" ? "rgb(13, 17, 23)" : "rgb(255, 255, 255)", await browser.EvaluateAsync("getComputedStyle(document.body).backgroundColor"));
        Assert.Equal("", await browser.EvaluateAsync("[...document.querySelectorAll('body *')].filter(e => !e.closest('thead,svg,details') && e.getBoundingClientRect().right > document.documentElement.clientWidth + 1).map(e => e.outerHTML.slice(0, 200)).join('\\n')"));
        Assert.Equal("0", await browser.EvaluateAsync("document.documentElement.scrollWidth - document.documentElement.clientWidth"));
        Assert.Equal("true", await browser.EvaluateAsync("[...document.querySelectorAll('figure > svg')].every(s => s.getBoundingClientRect().height > 20 && s.querySelector('title') && s.querySelector('desc'))"));
    }

    /// <summary>Contrast of all text against what is behind it, WCAG 2.2, 1.4.3: 4.5 to 1.</summary>
    [Theory]
    [InlineData("light")]
    [InlineData("dark")]
    public async Task Text_stands_out_from_its_background(string scheme)
    {
        string page = Page();
        await using Browser browser = await Browser.StartAsync();
        await browser.PretendAsync("screen", scheme);
        await browser.OpenAsync("file://" + page, 1280);
        string low = await browser.EvaluateAsync(
            """
            (() => {
              const rgb = c => c.match(/[\d.]+/g).map(Number);
              const lum = c => { const [r, g, b] = rgb(c).map(v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
              const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (!/, 0\)$/.test(c)) return c; } return 'rgb(255, 255, 255)'; };
              const bad = [];
              for (const e of document.querySelectorAll('body *')) {
                if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || e.closest('title,desc')) continue;
                const style = getComputedStyle(e), a = lum(e.closest('svg') ? style.fill : style.color), b = lum(behind(e.parentElement));
                const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
                if (ratio < 4.5) bad.push(ratio.toFixed(2) + ' ' + e.outerHTML.slice(0, 120));
              }
              return bad.join('\n');
            })()
            """);
        Assert.Equal("", low);
    }

    [Fact]
    public async Task On_paper_it_is_light_has_several_sheets_and_repeats_the_head_of_its_tables()
    {
        string page = Page(acts: 60);
        await using Browser browser = await Browser.StartAsync();
        await browser.PretendAsync("print", "dark");
        await browser.OpenAsync("file://" + page, 794);
        Assert.Equal("rgb(255, 255, 255)", await browser.EvaluateAsync("getComputedStyle(document.body).backgroundColor"));
        Assert.Equal("table-header-group", await browser.EvaluateAsync("getComputedStyle(document.querySelector('thead')).display"));
        await browser.PretendAsync("", "light");
        byte[] pdf = await browser.PrintAsync();
        Assert.Equal("%PDF-", Encoding.ASCII.GetString(pdf, 0, 5));
        string file = Path.Combine(directory, "report.pdf");
        File.WriteAllBytes(file, pdf);
        if (Environment.GetEnvironmentVariable("ZOMBIEOPS_KEEP_PICTURES") is { Length: > 0 } keep)
        {
            File.Copy(file, Path.Combine(keep, "report.pdf"), overwrite: true);
        }

        string text = Run(Machine.Needs("pdftotext"), "-layout", file, "-");
        string[] sheets = text.Split('\f', StringSplitOptions.RemoveEmptyEntries);
        Assert.InRange(sheets.Length, 4, 60);
        Assert.InRange(sheets.Count(sheet => Regex.IsMatch(sheet, @"Record\s+When\s+What")), 4, 60);
        Assert.Contains("worker60 (60)", text, StringComparison.Ordinal);
        Assert.Contains("its only thread is dead", text, StringComparison.Ordinal);
    }

    private static async Task Keep(Browser browser, string name)
    {
        if (Environment.GetEnvironmentVariable("ZOMBIEOPS_KEEP_PICTURES") is { Length: > 0 } keep)
        {
            File.WriteAllBytes(Path.Combine(keep, name + ".png"), await browser.PictureAsync());
        }
    }

    private static string Run(string program, params string[] args)
    {
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(program, args) { RedirectStandardOutput = true })!;
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return text;
    }

    /// <summary>A page on a real audit log, with a hostile process and everything that a report can have.</summary>
    private string Page(int acts = 6)
    {
        var options = new EngineOptions { StateDirectory = Path.Combine(directory, "state"), ConfigDirectory = Path.Combine(directory, "config"), Host = "host-1", User = "root", SudoUser = "ada" };
        Directory.CreateDirectory(options.ConfigDirectory);
        File.WriteAllText(Path.Combine(options.ConfigDirectory, "exemptions.json"), """{"exemptions":[{"match":{"command":"legacy-*"},"owner":"team-billing","reason":"rewritten in March","expires":"2099-01-01"}]}""");
        Directory.CreateDirectory(Path.Combine(options.StateDirectory, "sweep"));
        DateTimeOffset now = DateTimeOffset.UtcNow;
        var journal = new TickJournal(Path.Combine(options.StateDirectory, "sweep"), "process");
        for (DateTimeOffset at = now.AddDays(-8); at < now; at += TimeSpan.FromMinutes(30))
        {
            if (at < now.AddDays(-3) || at > now.AddDays(-2.5))
            {
                journal.Append(new TickEntry { At = at, Complete = true, Scanned = 100 }, null);
            }
        }

        using (var log = new AuditLog(options, bootId: "boot-1"))
        {
            for (int i = 1; i <= acts; i++)
            {
                Act(log, i, i == 2 ? Hostile : $"worker{i}", i == 3 ? ClearOutcome.Failed : i == 4 ? null : ClearOutcome.Cleared);
            }
        }

        string page = Path.Combine(directory, "report.html");
        ReportFile.Write(options, ReportRequest.For("-7d", "now", DateTimeOffset.UtcNow), ReportFormat.Html, page);
        return page;
    }

    private static void Act(AuditLog log, int pid, string command, ClearOutcome? ended)
    {
        var zombie = new Finding
        {
            Id = $"process:boot-1:{pid}:{pid}", Source = "process", Kind = "ZombieProcess", Verdict = Verdict.Zombie, Reason = "Abandoned", Cause = "ParentNotWaiting",
            Target = new ProcessTarget { Pid = pid, StartTime = (ulong)pid, Command = command, State = "Z" }, Origin = $"o{pid % 4}",
            Owner = [new OwnerLink { Kind = "Parent", Name = command, Details = new Dictionary<string, string> { ["pid"] = "812" } }, new OwnerLink { Kind = "Unit", Name = "app.service" }],
            FirstSeen = DateTimeOffset.UtcNow.AddHours(-pid), Age = TimeSpan.FromHours(pid), AgeFrom = AgeSource.Ledger,
            Evidence = [new Evidence { Fact = "Threads", State = EvidenceState.Dead, Source = $"/proc/{pid}/stat", Says = pid == 2 ? command : "its only thread is dead", At = DateTimeOffset.UtcNow }],
        };
        string run = Guid.NewGuid().ToString("N");
        string why = string.Create(CultureInfo.InvariantCulture, $"policy night (/etc/zombieops/a-rather-long-directory/night.yaml, sha256 {new string('a', 64)})");
        long intent = log.Append([new AuditRecord { Kind = AuditKind.RunStarted, RunId = run, Why = why }, new AuditRecord { Kind = AuditKind.Intent, RunId = run, Why = why, FindingId = zombie.Id, Remedy = "Reap", Before = zombie }])[1].Sequence;
        if (ended is { } outcome)
        {
            log.Append(
            [
                new AuditRecord
                {
                    Kind = AuditKind.Outcome, RunId = run, FindingId = zombie.Id, Remedy = "Reap", IntentSequence = intent,
                    Result = new ClearResult
                    {
                        FindingId = zombie.Id, Source = "process", Target = zombie.Target, Cause = zombie.Cause, Remedy = "Reap", Outcome = outcome, Reason = outcome == ClearOutcome.Failed ? "StillThere" : "VerifiedGone",
                        Says = outcome == ClearOutcome.Failed ? "asked to reap; it is still there" : "reaped, exit status 0", At = DateTimeOffset.UtcNow, AuditSequence = intent,
                    },
                },
            ]);
        }
    }
}
