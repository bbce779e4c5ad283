using System.Security.Cryptography;
using System.Text;
using ZombieOps.Yaml;

namespace ZombieOps.Policies;

/// <summary>Reads a policy file. It finds every error at once, and names for each the place and what to write instead.</summary>
public static class PolicyReader
{
    /// <summary>Longest file that is read.</summary>
    public const int MaxBytes = 256 << 10;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="now">What expiry dates are held against.</param>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.PolicyUnreadable"/>: it is not there or cannot be read.</exception>
    public static PolicyReading Read(string path, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(path);
        string full = Path.GetFullPath(path);
        try
        {
            using FileStream file = File.OpenRead(full);
            // One byte more than is taken tells that it is too long; a pipe or a device has no length to ask for.
            byte[] bytes = new byte[MaxBytes + 1];
            int length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            PolicyReading reading = Parse(bytes.AsSpan(0, length), full, now);
            // Who may write a policy decides what root clears and which command is told.
            return length > MaxBytes || OperatingSystem.IsWindows() || !File.GetUnixFileMode(file.SafeFileHandle).HasFlag(UnixFileMode.OtherWrite)
                ? reading
                : reading with { Policy = null, Faults = [new PolicyFault(FaultKind.Error, 1, 1, "every user of this host may write this file", $"take that right away: chmod o-w {full}"), .. reading.Faults] };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ZombieOpsException(
                ErrorIds.PolicyUnreadable,
                e is UnauthorizedAccessException ? ExitCode.NotPermitted : ExitCode.BadUsage,
                $"the policy {full} cannot be read: {e.Message.ReplaceLineEndings(" ")}",
                "name a file that is there and that this user may read",
                e);
        }
    }

    /// <summary>Reads the bytes of a file. It never throws for what is in them.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="path">Full path of the file.</param>
    /// <param name="now">What expiry dates are held against.</param>
    public static PolicyReading Parse(ReadOnlySpan<byte> bytes, string path, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (bytes.Length > MaxBytes)
        {
            return new PolicyReading(path, null, [new PolicyFault(FaultKind.Error, 1, 1, $"the file is longer than {MaxBytes >> 10} KB", "make several policies of it, or put the exemptions into a file of their own")]);
        }

        ReadOnlySpan<byte> text = bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes;
        (YamlNode? root, IReadOnlyList<YamlFault> faults) = YamlTree.Read(Encoding.UTF8.GetString(text));
        var nodes = new PolicyNodes(Path.GetDirectoryName(path) ?? "/");
        foreach (YamlFault fault in faults)
        {
            nodes.Add(fault);
        }

        if (root is null or YamlScalar { Text: "", Plain: true } && faults.Count == 0)
        {
            nodes.Error(new YamlBad(1, 1), "the file is empty", $"begin with 'schema: {Policy.CurrentSchema}' and 'sources:'; see docs/policy.md");
        }

        Policy? policy = root is null or YamlBad ? null : new PolicyBuilder(nodes, path, now).Build(root, Convert.ToHexString(SHA256.HashData(bytes)).ToLowerInvariant());
        return new PolicyReading(path, nodes.Stops ? null : policy, nodes.Faults);
    }
}
