using Gristmill.Storage;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;

namespace Gristmill.Grains.Tasks;

/// <summary>Answers from the store, so that it needs no partition to be awake.</summary>
[StatelessWorker]
internal sealed class TaskQueryGrain(ITaskStore store, IOptions<TaskOptions> options) : Grain, ITaskQueryGrain
{
    public Task<int> CountPartitionsAsync(CancellationToken cancellationToken = default) => Task.FromResult(options.Value.Partitions);

    public async Task<TaskListPage> ListAsync(TaskQuery query, CancellationToken cancellationToken = default)
    {
        var filter = new TaskFilter
        {
            State = query.State,
            IsLive = query.IsLive,
            Kind = query.Kind,
            Queue = query.Queue,
            Tag = query.Tag,
            Owner = query.Owner,
            Since = query.Since,
            Until = query.Until,
        };
        TaskPage page = await store.ListAsync(filter, query.Before, query.Limit, cancellationToken);
        return new TaskListPage([.. page.Tasks.Select(TaskDescriptions.Of)], page.Next);
    }
}
