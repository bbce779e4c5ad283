using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Xunit;
using ZombieOps.Integration.Tests.Cli;
using ZombieOps.Integration.Tests.PowerShell;

namespace ZombieOps.Integration.Tests.Packaging;

/// <summary>
/// The packages of the executable, made once for all tests by tools/package.sh. The native compiler takes a minute, so here the program is the one
/// that the build of the tests has made, with its assemblies; it needs the runtime that runs the tests.
/// </summary>
public sealed class PackedProgram : IDisposable
{
    /// <summary>Time of everything that is packed: 2027-01-15.</summary>
    public const long Epoch = 1_800_000_000;

    private readonly ZombieOpsCli cli = new();
    private readonly Lazy<string> directory;

    public PackedProgram() => directory = new Lazy<string>(() => Pack("packed"));

    /// <summary>What the packages have to have.</summary>
    public static string Version { get; } = typeof(ZombieEngine).Assembly.GetName().Version!.ToString(3);

    /// <summary>The Debian package; skips the test where none can be made.</summary>
    public string Deb => Path.Combine(Needs("dpkg-deb"), $"zombieops_{Version}_{(Architecture == "x64" ? "amd64" : Architecture)}.deb");

    /// <summary>The archive; skips the test where none can be made.</summary>
    public string Tar => Path.Combine(Needs("dpkg-deb"), $"zombieops-{Version}-linux-{Architecture}.tar.gz");

    private static string Architecture => RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant();

    /// <summary>Packs again, with other surroundings.</summary>
    /// <param name="name">Name of a new directory.</param>
    /// <param name="surroundings">Shell words before the command.</param>
    public string Pack(string name, string surroundings = "")
    {
        string output = cli.File(name);
        // What is beside the tests has their assemblies as well; this is the program alone.
        string program = AppContext.BaseDirectory.Replace("tests/ZombieOps.Integration.Tests", "src/ZombieOps.Cli", StringComparison.Ordinal);
        string tool = Path.Combine(ModuleStage.Repository, "tools", "package.sh");
        cli.Shell(
            $"SOURCE_DATE_EPOCH={Epoch}; export SOURCE_DATE_EPOCH; {surroundings} {tool} --program {program} --version {Version} --output {output} --architecture {Architecture} tar deb").Exits(0);
        return output;
    }

    /// <summary>Runs shell words in a directory of this fixture.</summary>
    internal CliResult Shell(string command) => cli.Shell(command);

    /// <summary>A path that is free to be used.</summary>
    internal string File(string name) => cli.File(name);

    /// <summary>SHA-256 of a file.</summary>
    internal static string Hash(string file) => Convert.ToHexStringLower(SHA256.HashData(System.IO.File.ReadAllBytes(file)));

    public void Dispose() => cli.Dispose();

    private string Needs(string program)
    {
        Machine.Needs(program);
        return directory.Value;
    }
}
