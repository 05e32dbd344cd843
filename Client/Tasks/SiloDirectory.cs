using Gristmill.Grains.Tasks;

namespace Gristmill.Client.Tasks;

/// <summary>
/// The executors that direct tasks are spread over, one per active silo, in turn. The list is read again when it is older than
/// <see cref="s_refresh"/>. Safe from any thread: two callers may read it at once, and either list is good.
/// </summary>
internal sealed class SiloDirectory(IGrainFactory grains, TimeProvider time)
{
    private static readonly TimeSpan s_refresh = TimeSpan.FromSeconds(2);

    private int _turn;
    private volatile Executors? _executors;

    /// <exception cref="UnavailableException">No silo is active.</exception>
    public async ValueTask<ITaskExecutorGrain> NextAsync()
    {
        ITaskExecutorGrain[] executors = await CurrentAsync();
        uint turn = (uint)Interlocked.Increment(ref _turn);
        return executors[(int)(turn % (uint)executors.Length)];
    }

    /// <summary>All executors, in the order of their addresses.</summary>
    /// <exception cref="UnavailableException">No silo is active.</exception>
    public async ValueTask<IReadOnlyList<ITaskExecutorGrain>> AllAsync() => await CurrentAsync();

    private async ValueTask<ITaskExecutorGrain[]> CurrentAsync()
    {
        Executors? executors = _executors;
        if (executors is null || time.GetElapsedTime(executors.ReadAt) > s_refresh)
            _executors = executors = await ReadAsync();
        return executors.Grains;
    }

    private async Task<Executors> ReadAsync()
    {
        Dictionary<SiloAddress, SiloStatus> hosts = await grains.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true);
        if (hosts.Count == 0)
            throw new UnavailableException("No silo is active.");
        ITaskExecutorGrain[] executors =
            [.. hosts.Keys.Select(silo => silo.ToParsableString()).Order(StringComparer.Ordinal).Select(key => grains.GetGrain<ITaskExecutorGrain>(key))];
        return new Executors(executors, time.GetTimestamp());
    }

    private sealed record Executors(ITaskExecutorGrain[] Grains, long ReadAt);
}
