using System.Collections.Immutable;
using Gristmill.Grains.Tasks;
using Gristmill.Storage;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;

namespace Gristmill.Grains.Queues;

/// <summary>Puts together what the store has set and the partitions have waiting and running.</summary>
[StatelessWorker]
internal sealed class QueueListGrain(ITaskStore store, IOptions<TaskOptions> options) : Grain, IQueueListGrain
{
    public async Task<ImmutableArray<QueueInfo>> ListAsync(CancellationToken cancellationToken = default)
    {
        Task<ImmutableArray<QueueLoad>>[] calls =
        [
            .. Enumerable.Range(0, options.Value.Partitions)
                .Select(partition => GrainFactory.GetGrain<ITaskQueuePartitionGrain>(partition).GetLoadsAsync(cancellationToken)),
        ];
        Dictionary<string, QueueSettings> settings = (await store.ReadQueuesAsync(cancellationToken))
            .Select(StoredQueues.Read).ToDictionary(queue => queue.Name, StringComparer.Ordinal);
        ILookup<string, QueueLoad> loads = (await Task.WhenAll(calls)).SelectMany(part => part).ToLookup(load => load.Queue, StringComparer.Ordinal);
        return
        [
            .. settings.Keys.Union(loads.Select(load => load.Key), StringComparer.Ordinal).Order(StringComparer.Ordinal)
                .Select(name => QueueLoads.Sum(
                    settings.GetValueOrDefault(name) ?? new QueueSettings(name, new QueueLimits(), IsPaused: false, Version: 0), loads[name])),
        ];
    }
}

internal static class QueueLoads
{
    public static QueueInfo Sum(QueueSettings settings, IEnumerable<QueueLoad> loads) =>
        new(settings, loads.Sum(load => (long)load.Ready), loads.Sum(load => (long)load.Running), loads.Min(load => load.OldestReadyAt));
}
