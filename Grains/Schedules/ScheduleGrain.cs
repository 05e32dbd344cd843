using System.Collections.Immutable;
using Gristmill.Grains.Tasks;
using Gristmill.Storage;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;

namespace Gristmill.Grains.Schedules;

/// <summary>Finds the partition that keeps the schedule. Reentrant: it holds nothing itself.</summary>
[Reentrant]
internal sealed class ScheduleGrain(IOptions<TaskOptions> options) : Grain, IScheduleGrain
{
    private string Id => this.GetPrimaryKeyString();

    public Task<ScheduleInfo> PutAsync(ScheduleDefinition definition, CancellationToken cancellationToken = default) =>
        Partition().PutScheduleAsync(Id, definition, cancellationToken);

    public Task<ScheduleInfo?> GetAsync(CancellationToken cancellationToken = default) => Partition().GetScheduleAsync(Id, cancellationToken);

    public Task<bool> DeleteAsync(CancellationToken cancellationToken = default) => Partition().DeleteScheduleAsync(Id, cancellationToken);

    public Task<SubmitReply?> TriggerAsync(CancellationToken cancellationToken = default) => Partition().TriggerScheduleAsync(Id, cancellationToken);

    private ITaskSchedulePartitionGrain Partition()
    {
        var hash = new StableHash();
        hash.Add(Id);
        return GrainFactory.GetGrain<ITaskSchedulePartitionGrain>((long)(hash.Value % (uint)options.Value.Partitions));
    }
}

/// <summary>Answers from the store, so that it needs no partition to be awake.</summary>
[StatelessWorker]
internal sealed class ScheduleListGrain(ITaskStore store) : Grain, IScheduleListGrain
{
    public async Task<ImmutableArray<ScheduleInfo>> ListAsync(string? after, int limit, CancellationToken cancellationToken = default) =>
        [.. (await store.ListSchedulesAsync(after, limit, cancellationToken)).Select(StoredSchedules.Describe)];
}
