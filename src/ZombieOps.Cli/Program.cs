using ZombieOps.Cli.Drill;

// An actor has to be one before anything of the command line has run: no thread, no handler, no console.
if (args is [ActorProgram.Command, .. var role])
{
    return ActorProgram.Run(role);
}

return 0;
