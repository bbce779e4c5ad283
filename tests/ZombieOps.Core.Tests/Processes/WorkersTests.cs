using Xunit;
using ZombieOps.Sources.Processes.Table;

namespace ZombieOps.Core.Tests.Processes;

public sealed class WorkersTests
{
    [Fact]
    public void Work_runs_once_on_every_thread_and_the_callers_is_one_of_them()
    {
        var threads = new System.Collections.Concurrent.ConcurrentBag<int>();
        Workers.Run(3, () => threads.Add(Environment.CurrentManagedThreadId));
        Assert.Equal(3, threads.Distinct().Count());
        Assert.Contains(Environment.CurrentManagedThreadId, threads);
    }

    [Fact]
    public void A_host_that_gives_no_more_threads_is_still_scanned()
    {
        int runs = 0;
        Workers.Run(4, () => Interlocked.Increment(ref runs), _ => throw new InsufficientMemoryException("no thread"));
        Assert.Equal(1, runs);
    }

    [Fact]
    public void What_a_worker_throws_reaches_the_caller_after_all_have_ended()
    {
        int ended = 0;
        int me = Environment.CurrentManagedThreadId;
        Assert.Throws<InvalidOperationException>(() => Workers.Run(2, () =>
        {
            Interlocked.Increment(ref ended);
            if (Environment.CurrentManagedThreadId != me)
            {
                throw new InvalidOperationException("from the other");
            }
        }));
        Assert.Equal(2, ended);
    }
}
