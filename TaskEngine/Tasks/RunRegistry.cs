namespace Gristmill.Tasks;

/// <summary>
/// Runs that nobody else would look at in time: handlers that wait, runs with a deadline, retries to come. A run that starts and ends on
/// one worker never enters. Lists under locks, spread so that workers seldom meet.
/// </summary>
internal sealed class RunRegistry
{
    private const int Shards = 16;

    private readonly Shard[] _shards = new Shard[Shards];

    public RunRegistry()
    {
        for (int i = 0; i < Shards; i++)
            _shards[i] = new Shard();
    }

    public int Count => _shards.Sum(static shard => Volatile.Read(ref shard.Count));

    /// <summary>Adds a run that is not in yet; the same run may come from different threads, one after another.</summary>
    public void Add(TaskRun run)
    {
        Shard shard = ShardOf(run);
        lock (shard.Lock)
        {
            if (run.IsRegistered)
                return;
            run.IsRegistered = true;
            run.RegistryPrevious = null;
            run.RegistryNext = shard.First;
            if (shard.First is { } first)
                first.RegistryPrevious = run;
            shard.First = run;
            shard.Count++;
        }
    }

    public void Remove(TaskRun run)
    {
        Shard shard = ShardOf(run);
        lock (shard.Lock)
        {
            if (!run.IsRegistered)
                return;
            run.IsRegistered = false;
            if (run.RegistryPrevious is { } previous)
                previous.RegistryNext = run.RegistryNext;
            else
                shard.First = run.RegistryNext;
            if (run.RegistryNext is { } next)
                next.RegistryPrevious = run.RegistryPrevious;
            run.RegistryNext = null;
            run.RegistryPrevious = null;
            shard.Count--;
        }
    }

    /// <summary>Runs whose time is over at <paramref name="now"/>, with the claim that belongs to it; all runs at the end of time.</summary>
    public void CollectDue(long now, List<(TaskRun Run, long Claim)> due)
    {
        foreach (Shard shard in _shards)
        {
            if (Volatile.Read(ref shard.Count) == 0)
                continue;
            lock (shard.Lock)
            {
                for (TaskRun? run = shard.First; run is not null; run = run.RegistryNext)
                {
                    // A run leaves before it is reused, and for that it needs this lock: claim and time belong together.
                    if (run.DueAt <= now)
                        due.Add((run, run.Claim));
                }
            }
        }
    }

    private Shard ShardOf(TaskRun run) => _shards[(uint)System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(run) % Shards];

    private sealed class Shard
    {
        public readonly Lock Lock = new();
        public TaskRun? First;
        public int Count;
    }
}
