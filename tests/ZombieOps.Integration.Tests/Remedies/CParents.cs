using System.Diagnostics;
using Xunit;

namespace ZombieOps.Integration.Tests.Remedies;

/// <summary>Compiles tests/Fixtures/parents.c once a run.</summary>
internal static class CParents
{
    private static readonly Lazy<string?> Compiled = new(Compile);

    /// <summary>Path of the program; skips the test where there is no C compiler.</summary>
    internal static string Program()
    {
        Assert.SkipWhen(Compiled.Value is null, "no C compiler (cc)");
        return Compiled.Value!;
    }

    /// <summary>Root of the repository.</summary>
    internal static string Root()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "ZombieOps.sln")))
        {
            directory = Path.GetDirectoryName(directory);
        }

        return directory ?? throw new InvalidOperationException("the repository was not found above the tests");
    }

    /// <summary>Runs a program to its end; null where it is not there.</summary>
    internal static (int ExitCode, string Output)? Run(string program, params string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
            foreach (string argument in arguments)
            {
                start.ArgumentList.Add(argument);
            }

            using Process process = Process.Start(start)!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd() + error.GetAwaiter().GetResult();
            process.WaitForExit();
            return (process.ExitCode, output);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static string? Compile()
    {
        string directory = Directory.CreateTempSubdirectory("zombieops-parents-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(directory, recursive: true);
        string program = Path.Combine(directory, "parents");
        if (Run("cc", "-O1", "-pthread", "-o", program, Path.Combine(Root(), "tests/Fixtures/parents.c")) is not { } result)
        {
            return null;
        }

        // A compiler that is there and fails is an error, not a reason to skip.
        return result.ExitCode == 0 ? program : throw new InvalidOperationException(result.Output);
    }
}
