namespace ZombieOps.Clearing;

/// <summary>The switch that stops all clearing on a host, for as long as the file exists.</summary>
internal static class StopFile
{
    /// <summary>Why clearing is stopped, by either of the stop files; null where it is not.</summary>
    public static string? Blocks(EngineOptions options) => Blocks(options.StopFilePath) ?? (options.SecondStopFile is { } second ? Blocks(second) : null);

    /// <summary>Why clearing is stopped; null where it is not. A file that cannot be looked for counts as there.</summary>
    public static string? Blocks(string path)
    {
        try
        {
            _ = File.GetAttributes(path);
            return $"the stop file {path} is there";
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"whether the stop file {path} is there cannot be seen: {e.Message}";
        }
    }

    /// <summary>Fails where clearing is stopped.</summary>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.StopFilePresent"/>.</exception>
    public static void Check(EngineOptions options)
    {
        if (Blocks(options) is { } why)
        {
            throw new ZombieOpsException(ErrorIds.StopFilePresent, ExitCode.LimitCrossed, $"nothing is cleared: {why}", "remove it when clearing may go on");
        }
    }
}
