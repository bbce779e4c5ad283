using System.Reflection;
using ZombieOps.Cli.Drill;
using ZombieOps.Cli.Hosting;

// An actor has to be one before anything of the command line has run: no thread, no handler, no console.
if (args is [ActorProgram.Command, .. var role])
{
    return ActorProgram.Run(role);
}

if (args is ["--version"])
{
    // Asked by every script and every prompt: not worth a parser.
    Console.Out.WriteLine(typeof(ActorProgram).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion);
    return 0;
}

if (OperatingSystem.IsLinux())
{
    // A reader that has gone is an error code, not the end of the process in the middle of an act.
    _ = Libc.signal(Libc.SigPipe, Libc.SigIgn);
}

return CommandLine.Run(args);
