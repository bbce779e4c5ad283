namespace ZombieOps.Integration.Tests.Docs;

/// <summary>What <see cref="DocTable"/> says of one command, or of one block that holds none.</summary>
/// <param name="Page">The page.</param>
/// <param name="Starts">How the command begins, or the first line of the block that is no command.</param>
internal sealed record DocEntry(string Page, string Starts)
{
    /// <summary>The class whose test runs it instead; with <see cref="Test"/>.</summary>
    public Type? Class { get; init; }

    /// <summary>The file of a test of another project, where <see cref="Class"/> is null.</summary>
    public string? File { get; init; }

    /// <summary>The test method, or words of <see cref="File"/>.</summary>
    public string? Test { get; init; }

    /// <summary>Why it cannot be run: counted as skipped.</summary>
    public string? Because { get; init; }

    /// <summary>Exit codes that the docs state for this case. Without it those of <see cref="DocTable.Exits"/>.</summary>
    public int[]? Exits { get; init; }

    /// <summary>What is run in its place, where the command stands for many (<c>…</c>). Placeholders are rewritten in it as well.</summary>
    public string? Instead { get; init; }

    /// <summary>Shell commands that make ready what the page takes for granted.</summary>
    public string? Before { get; init; }

    /// <summary>Whether it is run here.</summary>
    public bool IsRun => Test is null && Because is null;
}
