using Gristmill.Grains.Tasks;

namespace Gristmill.Client.Tasks;

/// <summary>
/// The executors that direct tasks are spread over, one per active silo, in turn. The list is read again when it is older than
/// <see cref="s_refresh"/>; while it cannot be read, the one before is used. Safe from any thread: two callers may read it at once, and either list is good.
/// </summary>
internal sealed partial class SiloDirectory(IGrainFactory grains, TimeProvider time, ILogger<SiloDirectory> logger)
{
    private static readonly TimeSpan s_refresh = TimeSpan.FromSeconds(2);

    private int _turn;
    private volatile Listing? _listing;
    private volatile Task<Listing>? _reading;

    /// <summary>
    /// Runs a task on the next executor. Nobody tells a gateway of its own that a silo died over its call, so while a task takes long, this looks at the list.
    /// </summary>
    /// <exception cref="UnavailableException">No silo is active.</exception>
    /// <exception cref="TimeoutException">The silo that ran it is dead. It may have ended all the same.</exception>
    public async ValueTask<TaskOutcome> RunAsync(DirectTask task, CancellationToken cancellationToken)
    {
        Executor[] executors = await ActiveAsync();
        uint turn = (uint)Interlocked.Increment(ref _turn);
        Executor executor = executors[(int)(turn % (uint)executors.Length)];

        Task<TaskOutcome> run = executor.Grain.RunDirectAsync(task, cancellationToken);
        while (true)
        {
            await ((Task)run).WaitAsync(s_refresh, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (run.IsCompleted)
                return await run;
            // One that leaves still runs what it holds, and one that is not on the list may.
            if ((await CurrentAsync()).Dead.Contains(executor.Silo))
            {
                _ = run.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
                throw new TimeoutException($"Silo {executor.Silo} is dead, and task {task.Id} was not answered.");
            }
        }
    }

    /// <summary>All executors, in the order of their addresses.</summary>
    /// <exception cref="UnavailableException">No silo is active.</exception>
    public async ValueTask<IReadOnlyList<ITaskExecutorGrain>> AllAsync() => Array.ConvertAll(await ActiveAsync(), static executor => executor.Grain);

    private async ValueTask<Executor[]> ActiveAsync()
    {
        Listing listing = await CurrentAsync();
        return listing.Executors.Length > 0 ? listing.Executors : throw new UnavailableException("No silo is active.");
    }

    private async ValueTask<Listing> CurrentAsync()
    {
        Listing? known = _listing;
        if (known is not null && time.GetElapsedTime(known.ReadAt) < s_refresh)
            return known;
        if (_reading is not { IsCompleted: false } reading)
            _reading = reading = ReadAsync(known);
        return _listing = await reading;
    }

    private async Task<Listing> ReadAsync(Listing? known)
    {
        try
        {
            Dictionary<SiloAddress, SiloStatus> hosts = await grains.GetGrain<IManagementGrain>(0).GetHosts();
            return new Listing(
                [.. SilosThatAre(hosts, SiloStatus.Active).Order(StringComparer.Ordinal).Select(silo => new Executor(silo, grains.GetGrain<ITaskExecutorGrain>(silo)))],
                SilosThatAre(hosts, SiloStatus.Dead).ToHashSet(StringComparer.Ordinal),
                time.GetTimestamp());
        }
        catch (Exception exception) when (known is not null)
        {
            // Without Redis the silos cannot say who they are, and run all the same.
            LogNotRead(exception);
            return known with { ReadAt = time.GetTimestamp() };
        }
    }

    private static IEnumerable<string> SilosThatAre(Dictionary<SiloAddress, SiloStatus> hosts, SiloStatus status) =>
        hosts.Where(host => host.Value == status).Select(host => host.Key.ToParsableString());

    [LoggerMessage(4030, LogLevel.Warning, "The list of silos could not be read; the one before is used.")]
    private partial void LogNotRead(Exception exception);

    private readonly record struct Executor(string Silo, ITaskExecutorGrain Grain);

    private sealed record Listing(Executor[] Executors, HashSet<string> Dead, long ReadAt);
}
