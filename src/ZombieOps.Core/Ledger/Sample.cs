namespace ZombieOps.Ledger;

/// <summary>One measurement, kept to tell how fast something grows.</summary>
/// <param name="Series">What was measured: <c>cgroup:/system.slice/app.service</c>, <c>pid_max</c>.</param>
/// <param name="At">When (UTC).</param>
/// <param name="MonotonicSeconds">When, in seconds of the monotonic clock (<see cref="SightingLedger.MonotonicNow"/>).</param>
/// <param name="Value">How many.</param>
public readonly record struct Sample(string Series, DateTimeOffset At, double MonotonicSeconds, long Value);
