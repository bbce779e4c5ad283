using ZombieOps.Model;
using ZombieOps.Sources.Processes.Facts;
using ZombieOps.Sources.Processes.Table;

namespace ZombieOps.Sources.Processes.Headroom;

/// <summary>Puts the limits of cgroups, users and the host together.</summary>
internal static class ProcessHeadroom
{
    public static HeadroomReport Read(EngineOptions options, ProcDirectory proc, UserNames names, int workers, CancellationToken cancel)
    {
        DateTimeOffset at = options.Clock.GetUtcNow();
        SelfFacts self = SelfFacts.Read(proc, options.ProcRoot);
        var missing = new List<string>(self.IncompleteBecause);
        TableResult table = ProcessTable.Scan(proc.Descriptor, workers, cancel);
        if (table.ListError != 0 || table.Unreadable > 0)
        {
            missing.Add($"{table.Unreadable} processes could not be read in {options.ProcRoot}");
        }

        var cgroups = new CgroupLimits(options.CgroupRoot);
        var users = new UserLimits(proc, names, options.ProcRoot);
        List<HeadroomRow> rows =
        [
            .. cgroups.Read(cancel),
            .. users.Read(cancel),
            .. HostLimits.Read(options.ProcRoot, options.Host, table.Candidates.Count(candidate => candidate.Threads == 1), missing),
        ];
        missing.AddRange(((string?[])[cgroups.Missing, users.Missing]).OfType<string>());
        return new HeadroomReport
        {
            Host = options.Host,
            BootId = self.BootId,
            ScannedAt = at,
            Complete = missing.Count == 0,
            IncompleteBecause = missing,
            Rows = rows,
        };
    }
}
