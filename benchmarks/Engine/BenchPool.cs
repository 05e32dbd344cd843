using System.Diagnostics;
using System.Runtime.InteropServices;
using Gristmill.Scheduling;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gristmill.Benchmarks;

/// <summary>A bare worker pool for a bench, stopped at its end.</summary>
internal sealed partial class BenchPool : IDisposable
{
    public BenchPool(int workers, bool stealsWork = true)
    {
        Pool = new WorkerPool(new WorkerPoolSettings { Workers = workers, StealsWork = stealsWork, Name = "bench" }, NullLogger.Instance);
        Pool.Start();
    }

    public WorkerPool Pool { get; }

    /// <summary>Nanoseconds of a fork-join computation, measured on its worker.</summary>
    public double Time<TTask>(TTask task)
        where TTask : struct, IForkTask<long>
    {
        var root = new Root<TTask>(task);
        Pool.Submit(root);
        root.Done.Wait();
        return root.Nanoseconds;
    }

    /// <summary>Runs an action on a worker and waits for it.</summary>
    public void Run(Action action)
    {
        var item = new ActionItem(action);
        Pool.Submit(item);
        item.Done.Wait();
    }

    /// <summary>
    /// Ties each worker to a core of its own: for loads near the machine's capacity, where a kernel that leaves two workers on one core for a while decides
    /// more than what is measured. Linux only; elsewhere nothing happens.
    /// </summary>
    public void PinWorkers()
    {
        int workers = Pool.WorkerCount;
        if (!OperatingSystem.IsLinux() || workers > Environment.ProcessorCount)
            return;
        // Each blocks its worker until all are there, so that every worker gets one.
        using var all = new Barrier(workers + 1);
        for (int i = 0; i < workers; i++)
        {
            Pool.Submit(new ActionItem(() =>
            {
                ulong mask = 1UL << (Worker.Current!.Index % 64);
                _ = SetAffinity(0, sizeof(ulong), in mask);
                all.SignalAndWait();
            }));
        }

        all.SignalAndWait();
    }

    public void Dispose() => Pool.Stop(TimeSpan.FromSeconds(10));

    // Thread 0 is the caller.
    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nint bytes, in ulong mask);

    private sealed class ActionItem(Action action) : WorkItem
    {
        public readonly ManualResetEventSlim Done = new(false, 0);

        protected internal override void Execute()
        {
            action();
            Done.Set();
        }
    }

    private sealed class Root<TTask>(TTask task) : WorkItem
        where TTask : struct, IForkTask<long>
    {
        private readonly TTask _task = task;

        public readonly ManualResetEventSlim Done = new(false, 0);
        public double Nanoseconds;

        protected internal override void Execute()
        {
            long start = Stopwatch.GetTimestamp();
            _task.Run(ForkScope.Current);
            Nanoseconds = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
            Done.Set();
        }
    }
}
