using ZombieOps.Model;

namespace ZombieOps.Clearing;

/// <summary>The next finding of a run: either decided already (<see cref="Result"/>) or waiting for a yes.</summary>
public sealed record ClearStep
{
    /// <summary>The finding as the guard has just seen it.</summary>
    public required Finding Finding { get; init; }

    /// <summary>The remedies that may run, in this order, until one has cleared it. Empty where <see cref="Result"/> is set.</summary>
    public IReadOnlyList<RemedyOffer> Remedies { get; init; } = [];

    /// <summary>The result where nothing is to be done; null where <see cref="ClearingRun.ActAsync"/> or <see cref="ClearingRun.Decline"/> decides.</summary>
    public ClearResult? Result { get; init; }
}
