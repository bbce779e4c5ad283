using System.Runtime.ExceptionServices;

namespace ZombieOps.Sources.Processes.Table;

/// <summary>Runs one piece of work on several threads, the caller's among them.</summary>
internal static class Workers
{
    /// <summary>Runs <paramref name="work"/> on the caller's thread and on <paramref name="count"/> - 1 others and waits for all.</summary>
    /// <remarks>Threads of its own: a thread pool that a host has filled must not hold a scan up.</remarks>
    public static void Run(int count, Action work)
    {
        if (count <= 1)
        {
            work();
            return;
        }

        ExceptionDispatchInfo? failure = null;
        void Guarded()
        {
            try
            {
                work();
            }
            catch (Exception caught)
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(caught), null);
            }
        }

        var others = new Thread[count - 1];
        for (int i = 0; i < others.Length; i++)
        {
            others[i] = new Thread(Guarded) { IsBackground = true, Name = "zombieops scan" };
            others[i].Start();
        }

        Guarded();
        foreach (Thread other in others)
        {
            other.Join();
        }

        failure?.Throw();
    }
}
