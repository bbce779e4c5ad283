using System.Diagnostics;
using System.Globalization;
using Xunit;
using ZombieOps.Clearing;
using ZombieOps.Model;
using ZombieOps.Text;

namespace ZombieOps.Integration.Tests.Docs;

/// <summary>
/// Runs every code block of the docs whose info string says <c>run=zombie</c> or <c>run=clean</c> (and <c>pid=1</c> for the first
/// process of a PID namespace). A block prints the pid of a child that ends at once, and then goes on running. A zombie has to be
/// judged as the section says in which the block stands.
/// </summary>
public sealed class SnippetTests
{
    private static readonly string[] Namespace = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"];

    public static TheoryData<string, string, string, string, bool> Snippets()
    {
        var data = new TheoryData<string, string, string, string, bool>();
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Root(), "docs"), "*.md", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string[] lines = File.ReadAllLines(file);
            string section = "";
            for (int i = 0; i < lines.Length; i++)
            {
                section = lines[i].StartsWith("<a id=\"", StringComparison.Ordinal) ? lines[i].Split('"')[1] : section;
                string[] info = lines[i].TrimStart('`').Split(' ');
                if (lines[i].StartsWith("```", StringComparison.Ordinal) && info.FirstOrDefault(word => word.StartsWith("run=", StringComparison.Ordinal)) is { } run)
                {
                    data.Add($"{Path.GetRelativePath(Root(), file)}:{i + 1}", section, info[0], run["run=".Length..], info.Contains("pid=1"));
                }
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Snippets))]
    public async Task A_block_of_the_docs_leaves_a_zombie_or_none_as_it_says(string where, string section, string language, string run, bool firstProcess)
    {
        Assert.True(run is "zombie" or "clean", $"{where}: run={run} is neither 'zombie' nor 'clean'");
        string directory = Directory.CreateTempSubdirectory("zombieops-snippet-").FullName;
        CancellationToken cancel = TestContext.Current.CancellationToken;
        Process? program = null;
        try
        {
            program = Start([.. firstProcess ? Prefix() : [], .. Prepare(language, Code(where), directory)]);
            string? said = await program.StandardOutput.ReadLineAsync(cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(60), cancel);
            int child = int.Parse(said ?? throw new InvalidDataException($"{where} ended and printed no pid"), CultureInfo.InvariantCulture);

            // What the block says has to hold for a while: a child that ends is a zombie for a moment in the best of programs.
            var deadline = Stopwatch.StartNew();
            var held = Stopwatch.StartNew();
            while (held.ElapsedMilliseconds < 400)
            {
                List<(int Pid, char State)> below = Descendants(program.Id);
                bool holds = run == "zombie"
                    ? below.Any(process => process.State == 'Z' && InnermostPid(process.Pid) == child)
                    : below.All(process => process.State != 'Z' && InnermostPid(process.Pid) != child);
                Assert.True(deadline.Elapsed < TimeSpan.FromSeconds(20), $"{where} is to be '{run}'; below it are {string.Join(", ", below)}");
                if (!holds)
                {
                    held.Restart();
                }

                await Task.Delay(20, cancel);
            }

            Assert.False(program.HasExited, $"{where} has ended, which proves nothing");
            if (run == "zombie")
            {
                int zombie = Descendants(program.Id).First(process => InnermostPid(process.Pid) == child).Pid;
                using var engine = new ZombieEngine(new EngineOptions { StateDirectory = directory, ConfigDirectory = directory });
                Finding finding = await engine.ExplainAsync(zombie.ToString(CultureInfo.InvariantCulture), new ScanSettings { MinAge = TimeSpan.Zero }, cancel);
                Assert.Equal(section, Names.ToKebab(finding.Verdict == Verdict.Protected ? finding.Reason : finding.Cause));
            }
        }
        finally
        {
            program?.Kill(entireProcessTree: true);
            program?.WaitForExit(TimeSpan.FromSeconds(10));
            program?.Dispose();
            Directory.Delete(directory, recursive: true);
        }
    }

    internal static string Root()
    {
        string directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "ZombieOps.sln")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new DirectoryNotFoundException("no ZombieOps.sln above the tests");
        }

        return directory;
    }

    private static string Code(string where)
    {
        int colon = where.LastIndexOf(':');
        IEnumerable<string> from = File.ReadLines(Path.Combine(Root(), where[..colon])).Skip(int.Parse(where[(colon + 1)..], CultureInfo.InvariantCulture));
        return string.Join('\n', from.TakeWhile(line => line != "```")) + "\n";
    }

    /// <summary>Writes a block to a file, compiles it where that is needed, and gives the command that runs it.</summary>
    private static string[] Prepare(string language, string code, string directory)
    {
        (string tool, string name) = language switch
        {
            "c" => ("gcc", "main.c"),
            "go" => ("go", "main.go"),
            "python" => ("python3", "main.py"),
            "javascript" => ("node", "main.js"),
            "java" => ("java", "Main.java"),
            "sh" or "bash" => (language, "main.sh"),
            _ => throw new InvalidDataException($"the docs have a block to run in '{language}', which this test cannot"),
        };
        Machine.Needs(tool);
        string file = Path.Combine(directory, name), built = Path.Combine(directory, "main");
        File.WriteAllText(file, code);
        if (language is not ("c" or "go"))
        {
            return [tool, file];
        }

        using Process compiler = Start(language == "c" ? [tool, "-Wall", "-Wextra", "-Werror", "-pthread", "-o", built, file] : [tool, "build", "-o", built, file]);
        string said = compiler.StandardError.ReadToEnd();
        Assert.True(compiler.WaitForExit(TimeSpan.FromMinutes(2)) && compiler.ExitCode == 0, said);
        return [built];
    }

    private static string[] Prefix()
    {
        Machine.Needs(Namespace[0]);
        string[] command = Environment.IsPrivilegedProcess ? Namespace : [.. Namespace, "--map-root-user"];
        using Process probe = Start([.. command, "true"]);
        if (!probe.WaitForExit(TimeSpan.FromSeconds(20)) || probe.ExitCode != 0)
        {
            Assert.Skip("the right to make a PID namespace");
        }

        return command;
    }

    private static Process Start(string[] command) => Process.Start(new ProcessStartInfo(command[0], command[1..])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    private static List<(int Pid, char State)> Descendants(int root)
    {
        var all = new List<(int Pid, char State, int Parent)>();
        foreach (string directory in Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0])))
        {
            string stat = Read(directory + "/stat");
            if (stat.LastIndexOf(')') is > 0 and int end)
            {
                string[] fields = stat[(end + 2)..].Split(' ');
                all.Add((int.Parse(Path.GetFileName(directory), CultureInfo.InvariantCulture), fields[0][0], int.Parse(fields[1], CultureInfo.InvariantCulture)));
            }
        }

        var below = new HashSet<int> { root };
        for (int before = 0; before != below.Count;)
        {
            before = below.Count;
            below.UnionWith(all.Where(process => below.Contains(process.Parent)).Select(process => process.Pid).ToList());
        }

        return [.. all.Where(process => process.Pid != root && below.Contains(process.Pid)).Select(process => (process.Pid, process.State))];
    }

    /// <summary>The pid that the process has for itself (<c>NSpid</c>, proc_pid_status(5)); 0 where it is gone.</summary>
    private static int InnermostPid(int pid) =>
        Read($"/proc/{pid}/status").Split('\n').FirstOrDefault(line => line.StartsWith("NSpid:", StringComparison.Ordinal)) is { } line
            ? int.Parse(line.Split('\t')[^1], CultureInfo.InvariantCulture)
            : 0;

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ""; // It went in between.
        }
    }
}
