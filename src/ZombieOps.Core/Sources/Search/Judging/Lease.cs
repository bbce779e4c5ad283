using ZombieOps.Sources.Search.Marks;
using ZombieOps.Text;

namespace ZombieOps.Sources.Search.Judging;

/// <summary>What a record beside an exclusion is worth.</summary>
internal enum LeaseState
{
    /// <summary>There is none.</summary>
    None = 0,

    /// <summary>There is one, and it says nothing of this mark: it cannot be read, cannot be true, or may belong to an earlier mark.</summary>
    Void,

    /// <summary>The mark is wanted now.</summary>
    Running,

    /// <summary>The mark is no longer wanted by who set it.</summary>
    Expired,
}

/// <summary>Holds a record against the clock and against when its mark was first seen.</summary>
/// <param name="State">What it is worth.</param>
/// <param name="Says">Why, one sentence without a full stop.</param>
internal sealed record Lease(LeaseState State, string Says)
{
    /// <summary>How far the clocks of the one who wrote it and of this host may be apart.</summary>
    public static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(1);

    /// <summary>Judges the record of a mark.</summary>
    public static Lease Of(MarkCase look)
    {
        if (look.Mark.Record is not { } found)
        {
            return new Lease(LeaseState.None, "");
        }

        DateTimeOffset now = look.Facts.ReadAt;
        if (found.Declared is not { } declared)
        {
            return Void($"its record cannot be read: {found.Problem}");
        }

        if (Untrue(declared, now) is { } untrue)
        {
            return Void(untrue);
        }

        string who = $"{Printable.Clean(declared.Owner)} has declared it at {DrainRecord.Time(declared.Since)}, until {DrainRecord.Time(declared.Expires)}";
        who = declared.Why.Length > 0 ? $"{who}: {Printable.Clean(declared.Why)}" : who;
        if (now <= declared.Expires + ClockTolerance)
        {
            return new Lease(LeaseState.Running, who);
        }

        // Somebody else may have taken the entry away and set it again since, and knows nothing of the record.
        return look.Sighting.FirstSeen <= declared.Expires
            ? new Lease(LeaseState.Expired, $"{who}; that is over for {Durations.Format(now - declared.Expires)}, and the mark was there all the time since {DrainRecord.Time(look.Sighting.FirstSeen)}")
            : Void($"{who}; the mark is seen only since {DrainRecord.Time(look.Sighting.FirstSeen)}, after that end, so the record may belong to an earlier mark of the same entry");
    }

    /// <summary>Why a record cannot be true; null where it can.</summary>
    public static string? Untrue(DrainRecord declared, DateTimeOffset now)
    {
        DateTimeOffset last = declared.Renewed ?? declared.Since;
        return declared.Since > now + ClockTolerance ? $"its record begins in the future, at {DrainRecord.Time(declared.Since)}"
            : last > now + ClockTolerance ? $"its record was renewed in the future, at {DrainRecord.Time(last)}"
            : declared.Expires < last || last < declared.Since ? "its record ends before it begins"
            : declared.Expires - last > DrainRecord.MaxLife + ClockTolerance ? $"its record is good for longer than the {Durations.Format(DrainRecord.MaxLife)} that are allowed"
            : null;
    }

    private static Lease Void(string why) => new(LeaseState.Void, $"{why}; it counts as not declared");
}
