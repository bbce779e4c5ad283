using System.Diagnostics;
using System.Globalization;

namespace ZombieOps.Cli.Hosting;

/// <summary>A line on the terminal for work that takes longer than a second, gone when the work is done.</summary>
internal static class Progress
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Waits for work and shows that it goes on.</summary>
    public static async Task<T> WhileAsync<T>(Shell shell, string text, ValueTask<T> work)
    {
        if (!shell.ErrIsTerminal)
        {
            return await work.ConfigureAwait(false);
        }

        Task<T> task = work.AsTask();
        long began = Stopwatch.GetTimestamp();
        bool shown = false;
        while (await Task.WhenAny(task, Task.Delay(shown ? TimeSpan.FromMilliseconds(500) : Patience)).ConfigureAwait(false) != task)
        {
            shown = true;
            await shell.Err.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"\r{text} {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s \u001b[K")).ConfigureAwait(false);
        }

        if (shown)
        {
            await shell.Err.WriteAsync("\r\u001b[K").ConfigureAwait(false);
        }

        return await task.ConfigureAwait(false);
    }
}
