using System.Text;

namespace ZombieOps.Text;

/// <summary>Codes are PascalCase in JSON and PowerShell and kebab-case on the command line; this is the one place that turns them.</summary>
public static class Names
{
    /// <summary><c>ParentNotWaiting</c> to <c>parent-not-waiting</c>.</summary>
    /// <param name="pascal">A PascalCase code.</param>
    public static string ToKebab(string pascal)
    {
        ArgumentNullException.ThrowIfNull(pascal);
        var text = new StringBuilder(pascal.Length + 4);
        foreach (char c in pascal)
        {
            if (char.IsAsciiLetterUpper(c) && text.Length > 0)
            {
                text.Append('-');
            }

            text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }

    /// <summary><c>parent-not-waiting</c> to <c>ParentNotWaiting</c>. What is PascalCase already comes back as it is.</summary>
    /// <param name="kebab">A kebab-case code.</param>
    public static string ToPascal(string kebab)
    {
        ArgumentNullException.ThrowIfNull(kebab);
        var text = new StringBuilder(kebab.Length);
        bool up = true;
        foreach (char c in kebab)
        {
            if (c == '-')
            {
                up = true;
                continue;
            }

            text.Append(up ? char.ToUpperInvariant(c) : c);
            up = false;
        }

        return text.ToString();
    }
}
