using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Win32.SafeHandles;
using ZombieOps.Files;

namespace ZombieOps.Audit.Forwarding;

/// <summary>How far a log has been forwarded to one target: number and hash of the last record, in a file of its own beside the log.</summary>
internal sealed record ForwardCursor
{
    /// <summary>Name and version of this format.</summary>
    public const string CurrentSchema = "zombieops-forward/1";

    public string Schema { get; init; } = CurrentSchema;

    public long Sequence { get; init; }

    public string Hash { get; init; } = AuditLine.NoHash;

    /// <summary>Reads it; the beginning where there is none, and a warning where it is none.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static (ForwardCursor Cursor, string? Warning) Read(string path)
    {
        byte[] bytes;
        try
        {
            using SafeFileHandle file = Posix.OpenFile(path, Posix.ReadOnly);
            bytes = new byte[(int)Math.Min(RandomAccess.GetLength(file), 4096)];
            bytes = bytes[..RandomAccess.Read(file, bytes, 0)];
        }
        catch (PosixException missing) when (missing.Errno == Posix.ENOENT)
        {
            return (new ForwardCursor(), null);
        }

        try
        {
            if (JsonSerializer.Deserialize(bytes, ForwardJsonContext.Default.ForwardCursor) is { Schema: CurrentSchema, Sequence: >= 0, Hash.Length: 64 } cursor)
            {
                return (cursor, null);
            }
        }
        catch (JsonException)
        {
            // Told below.
        }

        return (new ForwardCursor(), $"{path} is damaged, so how far the log was forwarded is not known: all of it is forwarded again");
    }

    /// <summary>Writes it: the whole file or none of it.</summary>
    /// <exception cref="IOException">It cannot be written; so is <see cref="UnauthorizedAccessException"/>.</exception>
    public void Write(string path) => AtomicFile.Write(
        path, JsonSerializer.SerializeToUtf8Bytes(this, ForwardJsonContext.Default.ForwardCursor), (UnixFileMode)Convert.ToInt32("640", 8), path + ".tmp");
}

/// <summary>Source-generated metadata of the cursor's file.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ForwardCursor))]
internal sealed partial class ForwardJsonContext : JsonSerializerContext;
