namespace ZombieOps.CrashRunner.Year;

/// <summary>A clock that is set from tick to tick, and that a wait moves on at once.</summary>
internal sealed class FakeClock : TimeProvider
{
    private DateTimeOffset wall;
    private TimeSpan monotonic;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Sets both clocks; the wall's may go back.</summary>
    public void Set(DateTimeOffset now, TimeSpan sinceStart) => (wall, monotonic) = (now, sinceStart);

    public override DateTimeOffset GetUtcNow() => wall;

    public override long GetTimestamp() => monotonic.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime > TimeSpan.Zero)
        {
            wall += dueTime;
            monotonic += dueTime;
        }

        return System.CreateTimer(callback, state, dueTime < TimeSpan.Zero ? dueTime : TimeSpan.Zero, period);
    }
}
