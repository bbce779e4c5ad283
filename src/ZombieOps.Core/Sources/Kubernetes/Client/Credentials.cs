using System.Net.Http.Headers;
using System.Text;

namespace ZombieOps.Sources.Kubernetes.Client;

/// <summary>Makes the header <c>Authorization</c>. No secret stands in a message.</summary>
internal static class Credentials
{
    private const int MaxTokenBytes = 64 << 10;

    public static AuthenticationHeaderValue FromToken(string token, string where) => token.Length > 0 && token.All(c => c is > ' ' and <= '~')
        ? new AuthenticationHeaderValue("Bearer", token)
        : throw KubeErrors.Unusable($"the token of {where} is empty or holds other than plain characters", "write the token alone there");

    public static AuthenticationHeaderValue FromTokenFile(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            byte[] bytes = new byte[MaxTokenBytes];
            int length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return FromToken(Encoding.UTF8.GetString(bytes, 0, length).Trim(), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw KubeErrors.Unusable($"the token file {path} cannot be read: {e.Message}", "look at its path and its mode", e);
        }
    }

    public static AuthenticationHeaderValue Basic(string user, string password) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
}
