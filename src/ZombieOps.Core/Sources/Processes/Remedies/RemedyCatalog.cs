namespace ZombieOps.Sources.Processes.Remedies;

/// <summary>The remedies that the process source has, least harmful first.</summary>
internal static class RemedyCatalog
{
    /// <summary>All of them, for <see cref="SourceRegistration.Remedies"/>.</summary>
    internal static IReadOnlyList<RemedyInfo> All { get; } =
    [
        new(ProcessRemedies.Wait, "Do nothing yet: it is younger than the minimum age", MustBeNamed: false),
        new(ProcessRemedies.Nudge, "Send SIGCHLD to a parent that catches it", MustBeNamed: false),
        new(ProcessRemedies.Continue, "Send SIGCONT to a stopped parent", MustBeNamed: true),
        new(ProcessRemedies.Reap, "Make the parent wait for exactly this child, by ptrace (x86-64)", MustBeNamed: true),
        new(ProcessRemedies.RestartUnit, "Ask systemd to restart the unit that the parent belongs to", MustBeNamed: true),
        new(ProcessRemedies.EndParent, "Send SIGTERM to the parent and give it a grace period", MustBeNamed: true),
        new(ProcessRemedies.KillParent, "Send SIGKILL to a parent that outlives the grace period of end-parent", MustBeNamed: true, Escalates: ProcessRemedies.EndParent),
        new(ProcessRemedies.AskOwner, "Advice for the owner of a container, a tracer or a device: never carried out from here", MustBeNamed: true),
    ];

    /// <summary>Whether a user has to name a remedy.</summary>
    internal static bool MustBeNamed(string code) => All.First(remedy => remedy.Code == code).MustBeNamed;
}
