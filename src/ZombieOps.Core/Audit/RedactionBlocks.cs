using System.Buffers;
using System.Text;

namespace ZombieOps.Audit;

/// <summary>Secrets that show by their own form, wherever they stand.</summary>
internal static class RedactionBlocks
{
    private const string KeyBegin = "-----BEGIN ";
    private const string KeyEnd = "-----END ";

    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.");

    // A prefix that an issuer gives to its secrets, and how many characters have to follow it at least.
    private static readonly (string Prefix, int Least)[] Issued =
    [
        ("AKIA", 16), ("ASIA", 16), ("AIza", 30), ("eyJ", 20), ("ghp_", 20), ("gho_", 20), ("ghu_", 20), ("ghs_", 20), ("ghr_", 20),
        ("github_pat_", 20), ("glpat-", 16), ("xoxb-", 10), ("xoxp-", 10), ("xoxa-", 10), ("xoxr-", 10), ("xoxs-", 10), ("xapp-", 10),
        ("sk-", 20), ("sk_live_", 10), ("rk_live_", 10), ("hvs.", 20), ("hvb.", 20), ("npm_", 30), ("dckr_pat_", 16), ("pypi-", 30), ("SG.", 30),
    ];

    /// <summary>Masks private keys in PEM form, from their first line to their last; one without an end, to the end of the text.</summary>
    public static string MaskKeys(string text)
    {
        int from = 0;
        StringBuilder? result = null;
        while (true)
        {
            int begin = text.IndexOf(KeyBegin, from, StringComparison.Ordinal);
            if (begin < 0)
            {
                return result is null ? text : result.Append(text, from, text.Length - from).ToString();
            }

            int label = text.IndexOf("-----", begin + KeyBegin.Length, StringComparison.Ordinal);
            bool isKey = label >= 0 && text.AsSpan(begin, label - begin).Contains("PRIVATE KEY", StringComparison.Ordinal);
            result ??= new StringBuilder(text.Length);
            if (!isKey)
            {
                int plain = begin + KeyBegin.Length;
                result.Append(text, from, plain - from);
                from = plain;
                continue;
            }

            result.Append(text, from, begin - from).Append(Redactor.Mask);
            int end = text.IndexOf(KeyEnd, label, StringComparison.Ordinal);
            int close = end < 0 ? -1 : text.IndexOf("-----", end + KeyEnd.Length, StringComparison.Ordinal);
            from = close < 0 ? text.Length : close + 5;
        }
    }

    /// <summary>Masks tokens of known issuers and JSON Web Tokens (RFC 7519).</summary>
    public static string MaskTokens(string word)
    {
        StringBuilder? result = null;
        int copied = 0;
        ReadOnlySpan<char> text = word;
        for (int at = 0; at < text.Length;)
        {
            int skip = text[at..].IndexOfAny(TokenCharacters);
            if (skip < 0)
            {
                break;
            }

            at += skip;
            int length = text[at..].IndexOfAnyExcept(TokenCharacters);
            length = length < 0 ? text.Length - at : length;
            if (IsIssued(text.Slice(at, length)))
            {
                (result ??= new StringBuilder(word.Length)).Append(word, copied, at - copied).Append(Redactor.Mask);
                copied = at + length;
            }

            at += length;
        }

        return result is null ? word : result.Append(word, copied, word.Length - copied).ToString();
    }

    /// <summary>Whether it is a token by its form.</summary>
    public static bool IsIssued(ReadOnlySpan<char> run)
    {
        foreach ((string prefix, int least) in Issued)
        {
            if (run.Length >= prefix.Length + least && run.StartsWith(prefix, StringComparison.Ordinal))
            {
                return prefix switch
                {
                    "eyJ" => run.Count('.') is 2 or 4,
                    "AKIA" or "ASIA" => !run[4..20].ContainsAnyExceptInRange('0', 'Z'),
                    _ => true,
                };
            }
        }

        return false;
    }
}
