namespace ZombieOps.Policies;

/// <summary>What a key takes.</summary>
internal enum PolicyType
{
    Text,
    Path,
    Texts,
    Values,
    Count,
    Share,
    Duration,
    Map,
    Maps,
    MapsOrPath,
    Flag,
}

/// <summary>A key of a policy: the reader, its messages and the published schema know it from here alone.</summary>
/// <param name="Name">The name.</param>
/// <param name="Type">What it takes.</param>
/// <param name="Summary">One sentence, for editors.</param>
/// <param name="Required">Whether it has to be there.</param>
internal sealed record PolicyKey(string Name, PolicyType Type, string Summary, bool Required = false);

/// <summary>All keys.</summary>
internal static class PolicyKeys
{
    public static readonly PolicyKey[] Policy =
    [
        new("schema", PolicyType.Text, "Name and version of this format.", Required: true),
        new("name", PolicyType.Text, "What people call this policy."),
        new("why", PolicyType.Text, "Why, for the audit log: a ticket, a sentence."),
        new("state", PolicyType.Path, "Directory of ledger and audit log. Relative paths begin at the directory of this file."),
        new("stop-file", PolicyType.Path, "While this file exists nothing is cleared; the host's own stop file holds as well."),
        new("sources", PolicyType.Maps, "What is scanned, in this order.", Required: true),
        new("windows", PolicyType.Maps, "When clearing is allowed. Outside of them a run only scans. Without windows every time is right."),
        new("exemptions", PolicyType.MapsOrPath, "What is left alone: a list, or the path of an exemption file that is used instead of the configured one."),
        new("require-approval", PolicyType.Flag, "Whether only a plan is acted on that another person than its author has approved."),
        new("forward", PolicyType.Texts, "Where the audit records go at the end of each run, besides the audit log: journald, syslog."),
        new("notify", PolicyType.Map, "A command that is told of a run by 'zombieops run'."),
    ];

    public static readonly PolicyKey[] Source =
    [
        new("source", PolicyType.Text, "What is scanned.", Required: true),
        new("name", PolicyType.Text, "What people call it; needed where one source is there twice."),
        new("options", PolicyType.Map, "Options of the source, as the command line has them, without dashes. Secrets stand in files or variables that are named here."),
        new("where", PolicyType.Map, "Which findings are meant: every name has to fit by one of its patterns (* any text, ? one character)."),
        new("allow", PolicyType.Texts, "Remedies that may run. Without it nothing is cleared."),
        new("limits", PolicyType.Map, "How far one run may go."),
        new("state", PolicyType.Path, "Directory of ledger and audit log of this one."),
        new("metrics", PolicyType.Path, "File of metrics instead of metrics/SOURCE.prom in the state directory."),
        new("labels", PolicyType.Map, "Labels of all its metrics."),
    ];

    public static readonly PolicyKey[] Limits =
    [
        new("min-age", PolicyType.Duration, "Judge nothing that is younger."),
        new("max-count", PolicyType.Count, "Most findings that one run may act on; more clear nothing."),
        new("max-share", PolicyType.Share, "Greatest share of all that was scanned, 0.25 or 25%; more clears nothing."),
        new("max-moves", PolicyType.Count, "Most acts of one run that move data; what is over it is left for the next run."),
        new("watch", PolicyType.Duration, "How long to watch for what comes back."),
        new("grace", PolicyType.Duration, "How long an owner gets to act on a request."),
        new("settle", PolicyType.Duration, "How long to wait before a candidate that is seen for the first time is looked at again."),
        new("verify-timeout", PolicyType.Duration, "How long to wait after an act until the finding is gone."),
    ];

    public static readonly PolicyKey[] Window =
    [
        new("days", PolicyType.Texts, "Days on which it opens: mon, tue, wed, thu, fri, sat, sun. Without it every day."),
        new("from", PolicyType.Text, "Time of day at which it opens, such as '22:00'. Without from and to it is the whole day."),
        new("to", PolicyType.Text, "Time of day at which it closes, at most '24:00'. One that is earlier than from is of the next day."),
        new("zone", PolicyType.Text, "Time zone, such as Europe/Berlin or UTC.", Required: true),
    ];

    public static readonly PolicyKey[] Exemption =
    [
        new("match", PolicyType.Map, "What is exempt: every name has to fit.", Required: true),
        new("owner", PolicyType.Text, "Who answers for it.", Required: true),
        new("reason", PolicyType.Text, "Why.", Required: true),
        new("expires", PolicyType.Text, "Until when, such as 2027-01-31 or 2027-01-31T18:00Z. One that cannot be read counts as lapsed.", Required: true),
    ];

    public static readonly PolicyKey[] Notify =
    [
        new("command", PolicyType.Values, "Program, by its full path, and its arguments. It gets the report as JSON on standard input.", Required: true),
        new("timeout", PolicyType.Duration, "After this it is ended, which counts as failed."),
        new("when", PolicyType.Text, "When it is run: worth-telling, or always."),
    ];

    /// <summary>Days as they are written.</summary>
    public static readonly (string Name, DayOfWeek Day)[] Days =
    [
        ("mon", DayOfWeek.Monday), ("tue", DayOfWeek.Tuesday), ("wed", DayOfWeek.Wednesday), ("thu", DayOfWeek.Thursday), ("fri", DayOfWeek.Friday), ("sat", DayOfWeek.Saturday), ("sun", DayOfWeek.Sunday),
    ];
}
