namespace ZombieOps.Clearing;

/// <summary>What a user asks for when an act is to be undone.</summary>
/// <param name="Sequence">Sequence number of the act's intent or outcome in the audit log.</param>
public sealed record UndoRequest(long Sequence)
{
    /// <summary>Whether nothing may change.</summary>
    public bool DryRun { get; init; }

    /// <summary>Why, in the user's words, for the audit log.</summary>
    public string? Why { get; init; }

    /// <summary>Who is asked before anything is changed; it is shown the requests. Null for nobody.</summary>
    public Func<Model.ActPlan, bool>? Agree { get; init; }
}
