namespace ZombieOps.Audit;

/// <summary>Splits a command line into words, keeping what is between them.</summary>
internal static class CommandWords
{
    /// <summary>The words with the blanks before each.</summary>
    /// <param name="text">The command line.</param>
    /// <param name="quotes">Whether quotes group; one that is never closed ends with the text.</param>
    public static IEnumerable<(string Gap, string Word)> Split(string text, bool quotes)
    {
        int at = 0;
        while (at < text.Length)
        {
            int word = at;
            while (word < text.Length && char.IsWhiteSpace(text[word]))
            {
                word++;
            }

            int end = word;
            char quote = '\0';
            while (end < text.Length && (quote != '\0' || !char.IsWhiteSpace(text[end])))
            {
                char c = text[end++];
                if (quote == '\0')
                {
                    quote = quotes && (c is '"' or '\'') ? c : '\0';
                }
                else if (c == quote)
                {
                    quote = '\0';
                }
            }

            yield return (text[at..word], text[word..end]);
            at = end;
        }
    }
}
