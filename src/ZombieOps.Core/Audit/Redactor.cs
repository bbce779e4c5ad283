using System.Text;

namespace ZombieOps.Audit;

/// <summary>
/// Takes secrets out of command lines before they are shown or kept. It works in one pass without backtracking. It knows the
/// usual ways of handing a secret over; it cannot know a secret that looks like any other word.
/// </summary>
public static class Redactor
{
    /// <summary>What stands where a secret was.</summary>
    public const string Mask = "***";

    /// <summary>Redacts a command line that is one string, as <c>ps</c> shows it.</summary>
    /// <param name="commandLine">The command line; words are taken to be separated by blanks and grouped by quotes.</param>
    public static string Redact(string commandLine)
    {
        ArgumentNullException.ThrowIfNull(commandLine);
        if (commandLine.Length == 0)
        {
            return "";
        }

        var result = new StringBuilder(commandLine.Length);
        var state = new RedactionState();
        foreach ((string gap, string word) in CommandWords.Split(RedactionBlocks.MaskKeys(commandLine), quotes: true))
        {
            result.Append(gap).Append(state.Word(word));
        }

        return result.ToString();
    }

    /// <summary>Redacts the words of a command line, as <c>/proc/PID/cmdline</c> has them, and joins them with blanks.</summary>
    /// <param name="argv">The words, the program first.</param>
    public static string Redact(IReadOnlyList<string> argv)
    {
        ArgumentNullException.ThrowIfNull(argv);
        var result = new StringBuilder();
        var state = new RedactionState();
        for (int i = 0; i < argv.Count; i++)
        {
            if (i > 0)
            {
                result.Append(' ');
            }

            string word = RedactionBlocks.MaskKeys(argv[i]);
            result.Append(state.Word(word));
        }

        return result.ToString();
    }
}
