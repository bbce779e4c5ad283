using System.Diagnostics;
using System.Text;
using ZombieOps.Model;
using ZombieOps.Policies;
using ZombieOps.Text;

namespace ZombieOps.Cli.Hosting;

/// <summary>Runs a policy's command, with the report on its standard input. It starts after everything else is done and on disk.</summary>
internal static class Notifier
{
    /// <summary>Tells; gives the failure where that was not possible.</summary>
    /// <param name="notify">Command and time-out.</param>
    /// <param name="json">The report.</param>
    /// <param name="secrets">Names of environment variables that hold a secret of a source: the command does not get them.</param>
    /// <param name="messages">Where its output goes: standard output is the report's.</param>
    public static async Task<SweepFailure?> TellAsync(PolicyNotify notify, string json, IEnumerable<string> secrets, TextWriter messages)
    {
        var start = new ProcessStartInfo(notify.Command[0]) { RedirectStandardInput = true, RedirectStandardOutput = true, StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false) };
        foreach (string argument in notify.Command.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }

        foreach (string name in secrets)
        {
            start.Environment.Remove(name);
        }

        using var limit = new CancellationTokenSource(notify.Timeout);
        try
        {
            using Process process = Process.Start(start)!;
            process.OutputDataReceived += (_, line) =>
            {
                if (line.Data is { } text)
                {
                    messages.WriteLine(Printable.Clean(text));
                }
            };
            process.BeginOutputReadLine();
            try
            {
                try
                {
                    await process.StandardInput.WriteLineAsync(json.AsMemory(), limit.Token).ConfigureAwait(false);
                    process.StandardInput.Close();
                }
                catch (IOException)
                {
                    // It did not read to the end; whether that is well is for its exit code to say.
                }

                await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
                return process.ExitCode == 0 ? null : Failed(notify, $"ended with exit code {process.ExitCode}", "look at its own messages above");
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
                return Failed(notify, $"did not end within {Durations.Format(notify.Timeout)} and was ended", "make it faster, or raise 'timeout'");
            }
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or IOException or InvalidOperationException)
        {
            return Failed(notify, $"could not be run: {e.Message}", "name a program that is there and may be executed");
        }
    }

    private static SweepFailure Failed(PolicyNotify notify, string says, string next) =>
        new(ErrorIds.NotifyFailed, (int)ExitCode.Incomplete, $"the command {notify.Command[0]} (line {notify.Line} of the policy) {says}: nobody was told", next);
}
