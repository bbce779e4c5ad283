using System.Globalization;

namespace ZombieOps.Cli.Drill.Roles;

/// <summary>A parent that makes the next zombie as soon as the last is gone: <c>breeder [MILLISECONDS]</c> is how long it takes.</summary>
internal static class Breeder
{
    public static int Play(string[] args)
    {
        int pause = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 50;
        int zombie = Stage.MakeZombie();
        Stage.Ready([zombie]);
        while (true)
        {
            Thread.Sleep(pause);
            if (ProcFs.State(zombie) is not 'Z')
            {
                zombie = Stage.MakeZombie();
            }
        }
    }
}
