using System.Runtime.ExceptionServices;

namespace ZombieOps.Sources.Processes.Table;

/// <summary>Runs one piece of work on several threads, the caller's among them.</summary>
internal static class Workers
{
    /// <summary>Runs <paramref name="work"/> on the caller's thread and on <paramref name="count"/> - 1 others and waits for all.</summary>
    /// <remarks>Threads of its own: a thread pool that a host has filled must not hold a scan up.</remarks>
    public static void Run(int count, Action work) => Run(count, work, static thread => thread.Start());

    /// <summary>The same with the start of a thread from outside.</summary>
    internal static void Run(int count, Action work, Action<Thread> start)
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

        var others = new List<Thread>(count - 1);
        while (others.Count < count - 1)
        {
            var other = new Thread(Guarded) { IsBackground = true, Name = "zombieops scan" };
            try
            {
                start(other);
            }
            catch (Exception error) when (error is OutOfMemoryException or ThreadStartException)
            {
                // No more threads: what zombies do to a host (fork(2), EAGAIN) must not end the search for them.
                break;
            }

            others.Add(other);
        }

        Guarded();
        foreach (Thread other in others)
        {
            other.Join();
        }

        failure?.Throw();
    }
}
