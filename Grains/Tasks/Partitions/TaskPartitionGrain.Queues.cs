using System.Collections.Immutable;
using Gristmill.Grains.Queues;
using Gristmill.Storage;

namespace Gristmill.Grains.Tasks;

// What queues with settings need of the partition.
internal sealed partial class TaskPartitionGrain : ITaskQueuePartitionGrain
{
    private static readonly TimeSpan s_askedLately = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, PermitExchange> _exchanges = new(StringComparer.Ordinal);

    public Task<ImmutableArray<QueueLoad>> GetLoadsAsync(CancellationToken cancellationToken = default)
    {
        _groups.ThrowIfLost();
        IEnumerable<string> running = _state.Leases.SelectMany(lease => lease.Held.Values).Select(task => task.Stored.Queue);
        Dictionary<string, int> counts = running.CountBy(queue => queue, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        foreach (QueueTasks queue in _state.Ready.Queues)
            counts.TryAdd(queue.Name, 0);
        return Task.FromResult(counts.Select(queue => LoadOf(queue.Key, queue.Value)).ToImmutableArray());
    }

    public Task<QueueLoad> GetLoadAsync(string queue, CancellationToken cancellationToken = default)
    {
        _groups.ThrowIfLost();
        return Task.FromResult(LoadOf(queue, RunningOf(queue).Count()));
    }

    public Task<PermitHolding> SyncAsync(QueueSettings settings, Guid giver)
    {
        _groups.ThrowIfLost();
        PermitExchange exchange = Follow(settings);
        PermitHolding holding = exchange.Restart(giver);
        if (_state.Ready.PermitsOf(settings.Name) is { } permits)
            _state.Ready.Refresh(permits);
        exchange.Kick();
        _groups.Kick();
        return Task.FromResult(holding);
    }

    private async Task LoadQueuesAsync(CancellationToken cancellationToken)
    {
        foreach (StoredQueueSettings queue in await store.ReadQueuesAsync(cancellationToken))
            Follow(StoredQueues.Read(queue));
    }

    private PermitExchange Follow(QueueSettings settings)
    {
        QueuePermits permits = _state.Ready.Follow(settings, RunningOf(settings.Name));
        if (!_exchanges.TryGetValue(settings.Name, out PermitExchange? exchange))
        {
            IQueuePermitGrain queue = GrainFactory.GetGrain<IQueuePermitGrain>(settings.Name);
            _exchanges[settings.Name] = exchange = new PermitExchange(
                permits, _partition, _groups.Epoch, queue.ExchangeAsync, () => _state.Ready.Find(permits.Queue), time, logger)
            {
                OnChanged = () =>
                {
                    _state.Ready.Refresh(permits);
                    _groups.Kick();
                },
            };
        }

        return exchange;
    }

    /// <summary>Asks for, and gives back, the permits of queues in which something has happened.</summary>
    private void DealWithTouchedQueues()
    {
        if (_exchanges.Count == 0 || _groups.Lost is not null)
            return;
        foreach (QueuePermits permits in _state.Ready.TakeTouched())
            _exchanges[permits.Queue].Kick();
    }

    /// <summary>The same for all queues with settings: permits must not stay here because nothing happens.</summary>
    private void DealWithQueues()
    {
        foreach (PermitExchange exchange in _exchanges.Values)
            exchange.Kick();
    }

    private string WhyQueued(LiveTask task)
    {
        if (_state.Ready.PermitsOf(task.Stored.Queue)?.WhyShut(task.Stored.QueueKey) is { } reason)
            return reason;
        string kind = task.Stored.Kind;
        ExecutorLease[] asking = [.. _state.Leases.Where(Asks)];
        // An executor with such a task asks for no other until it is over.
        if (Array.TrueForAll(asking, lease => lease.Alone is not null) && _state.Leases.FirstOrDefault(lease => lease.Alone is not null) is { Alone: { } alone } held)
            return $"Silo {ExecutorName.SiloOf(held.Executor)} runs nothing beside task {alone}, under which its executor was lost before.";
        if (task.Progress.Crashes > 0)
            return "It runs alone, because its executor was lost under it before: it waits until nothing else runs on a silo.";
        return asking.Length > 0 && Array.TrueForAll(asking, lease => lease.Refused.Any(refused => refused.Kind == kind))
            ? $"No executor runs '{kind}' at present: {asking[0].Refused.First(refused => refused.Kind == kind).Reason}"
            : "All workers are busy, or have not yet asked for a task.";
    }

    // Between two requests as well: what it refused is soon known anew.
    private bool Asks(ExecutorLease lease) =>
        lease.Poll is { Answer.IsCompleted: false } || (lease.AskedAt != 0 && time.GetElapsedTime(lease.AskedAt) < s_askedLately);

    private QueueLoad LoadOf(string queue, int running)
    {
        QueueTasks? ready = _state.Ready.Find(queue);
        return new QueueLoad(queue, ready?.Count ?? 0, running, ready?.OldestReadyAt);
    }

    private IEnumerable<LiveTask> RunningOf(string queue) =>
        _state.Leases.SelectMany(lease => lease.Held.Values).Where(task => task.Stored.Queue == queue);
}
