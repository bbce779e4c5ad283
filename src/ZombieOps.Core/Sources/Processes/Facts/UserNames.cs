using System.Collections.Frozen;
using System.Globalization;

namespace ZombieOps.Sources.Processes.Facts;

/// <summary>
/// Names of users from a passwd(5) file, read once. No NSS: a look-up over the network must not hold a scan up, and a name is only
/// shown, never decided on.
/// </summary>
internal sealed class UserNames(string path)
{
    private readonly Lazy<FrozenDictionary<uint, string>> names = new(() => Load(path));

    /// <summary>The user's name; null where the file has none.</summary>
    public string? Find(uint? id) => id is { } known && names.Value.TryGetValue(known, out string? name) ? name : null;

    private static FrozenDictionary<uint, string> Load(string path)
    {
        var found = new Dictionary<uint, string>();
        try
        {
            foreach (string line in File.ReadLines(path))
            {
                string[] fields = line.Split(':');
                if (fields.Length >= 3 && fields[0].Length > 0 && uint.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out uint id))
                {
                    // The first entry of an id is the one that getpwuid(3) gives.
                    found.TryAdd(id, fields[0]);
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Ids are shown instead.
        }

        return found.ToFrozenDictionary();
    }
}
