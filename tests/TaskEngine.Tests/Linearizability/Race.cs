namespace Gristmill.Engine.Tests.Linearizability;

/// <summary>Starts threads at the same moment, round after round, and records what their operations gave.</summary>
internal sealed class Race(int threads)
{
    private long _clock;

    public delegate (string Name, int Argument, Func<int?> Act) MakeOperation(int thread, Random random, int value);

    public List<Operation> Run(int seed, int operationsPerThread, MakeOperation make)
    {
        _clock = 0;
        List<Operation>[] history = [.. Enumerable.Range(0, threads).Select(_ => new List<Operation>(operationsPerThread))];
        using var start = new Barrier(threads);
        var runners = new Thread[threads];
        for (int i = 0; i < threads; i++)
        {
            int thread = i;
            runners[i] = new Thread(() => RunThread(thread, start, Operations(thread), history[thread]));
            runners[i].Start();
        }

        foreach (Thread runner in runners)
            runner.Join();
        return [.. history.SelectMany(operations => operations)];

        (string Name, int Argument, Func<int?> Act)[] Operations(int thread)
        {
            var random = new Random(seed * 31 + thread);
            return [.. Enumerable.Range(0, operationsPerThread).Select(i => make(thread, random, thread * 100 + i + 1))];
        }
    }

    private void RunThread(int thread, Barrier start, (string Name, int Argument, Func<int?> Act)[] operations, List<Operation> history)
    {
        start.SignalAndWait();
        foreach ((string name, int argument, Func<int?> act) in operations)
        {
            long begin = Interlocked.Increment(ref _clock);
            int? result = act();
            history.Add(new Operation(thread, name, argument, result, begin, Interlocked.Increment(ref _clock)));
        }
    }
}
