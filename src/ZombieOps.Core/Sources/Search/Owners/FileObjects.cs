using System.Globalization;
using System.Text.Json;
using ZombieOps.Sources.Kubernetes.Client;
using ZombieOps.Sources.Network;
using ZombieOps.Text;

namespace ZombieOps.Sources.Search.Owners;

/// <summary>
/// Objects in files as <c>kubectl get … -o json</c> writes them: a list or one object. They hold no time, so their age is that of the file; what is older than
/// <see cref="OwnerReader.MaxFileAge"/>, or has no age, speaks for a live owner and against none.
/// </summary>
internal sealed class FileObjects(IReadOnlyList<string> files, string? space) : IOwnerObjects
{
    private const long MaxBytes = 256 << 20;

    private readonly List<JsonDocument> documents = [];

    public string Name => $"Kubernetes (files {string.Join(", ", files.Select(Path.GetFileName))})";

    public bool IsFiles => true;

    public async Task<string?> OpenAsync(DateTimeOffset now, CancellationToken cancel)
    {
        Close();
        string? old = null;
        foreach (string file in files)
        {
            try
            {
                var info = new FileInfo(file);
                using FileStream stream = File.OpenRead(file);
                using var capped = new CappedStream(stream, MaxBytes);
                documents.Add(await JsonDocument.ParseAsync(capped, cancellationToken: cancel).ConfigureAwait(false));
                TimeSpan age = now - new DateTimeOffset(info.LastWriteTimeUtc, TimeSpan.Zero);
                if (info.Length == 0 || age > OwnerReader.MaxFileAge || age < -TimeSpan.FromMinutes(1))
                {
                    string says = info.Length == 0 ? "has no age" : $"was written {info.LastWriteTimeUtc.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}";
                    old ??= $"the file {Path.GetFileName(file)} {says}: what is older than {Durations.Format(OwnerReader.MaxFileAge)} may protect and lets nothing be cleared";
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
            {
                throw new ZombieOpsException(
                    ErrorIds.BadAnswer, ExitCode.Incomplete, $"the file {Printable.Clean(file)} cannot be read as objects of Kubernetes: {Printable.Clean(e.Message)}", "write it with: kubectl get … -o json", e);
            }
        }

        return old;
    }

    public Task<KubeList<T>?> ListAsync<T>(KubeKind kind, string? labels, Func<JsonElement, T?> read, CancellationToken cancel)
        where T : class
    {
        var kept = new List<T>();
        long seen = 0;
        foreach (JsonElement item in documents.SelectMany(document => Items(document.RootElement, kind)).Where(item => space is null || KubeJson.Text(KubeJson.At(item, "metadata"), "namespace") == space))
        {
            seen++;
            if (read(item) is { } one)
            {
                kept.Add(one);
            }
        }

        return Task.FromResult(seen == 0 ? null : new KubeList<T>(kept, seen));
    }

    public void Dispose() => Close();

    /// <summary>The objects of a kind. The elements of a typed list carry no kind of their own.</summary>
    private static IEnumerable<JsonElement> Items(JsonElement root, KubeKind kind)
    {
        string? whole = KubeJson.Text(root, "kind");
        if (whole?.EndsWith("List", StringComparison.Ordinal) != true)
        {
            return whole is null ? throw KubeErrors.Wrong("a file", "it holds no object of Kubernetes") : Is(root, whole, KubeJson.Text(root, "apiVersion")) ? [root] : [];
        }

        return KubeJson.Items(root, "items").Where(item => Is(item, KubeJson.Text(item, "kind") ?? whole[..^4], KubeJson.Text(item, "apiVersion") ?? KubeJson.Text(root, "apiVersion")));

        bool Is(JsonElement item, string itemKind, string? version) => item.ValueKind == JsonValueKind.Object && itemKind == kind.Kind && version == kind.ApiVersion;
    }

    private void Close()
    {
        documents.ForEach(document => document.Dispose());
        documents.Clear();
    }
}
