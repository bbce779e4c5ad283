namespace ZombieOps.Text;

/// <summary>Guesses what was meant by a word that is not known.</summary>
public static class Nearest
{
    /// <summary>The closest candidate; null where none is close.</summary>
    /// <param name="word">What was written.</param>
    /// <param name="candidates">What could have been meant.</param>
    public static string? To(string word, IEnumerable<string> candidates) => candidates
        .Select(candidate => (candidate, distance: Distance(word, candidate)))
        .Where(item => item.distance <= Math.Max(1, Math.Min(word.Length, item.candidate.Length) / 3))
        .OrderBy(item => item.distance).ThenBy(item => item.candidate, StringComparer.Ordinal)
        .Select(item => item.candidate)
        .FirstOrDefault();

    /// <summary>Edits between two words, where two neighbours that have changed places are one edit.</summary>
    internal static int Distance(string a, string b)
    {
        int[,] cost = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    cost[i, j] = i + j;
                    continue;
                }

                int same = a[i - 1] == b[j - 1] ? 0 : 1;
                cost[i, j] = Math.Min(Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1, cost[i - 1, j - 1] + same);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
                }
            }
        }

        return cost[a.Length, b.Length];
    }
}
