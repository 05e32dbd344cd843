using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gristmill.Grains.Users;

/// <summary>
/// The users of which the directory may know something else than the store, because a call or a write of this silo failed; asks the directory to read
/// them until it has. What is left when the silo ends, the directory finds by itself: it compares everything when a silo is lost. Safe
/// from any thread.
/// </summary>
internal sealed partial class UserDirectoryRepairs(
    IGrainFactory grains, IOptions<UserOptions> options, TimeProvider time, ILogger<UserDirectoryRepairs> logger) : IDisposable
{
    private const int MaxPerCall = 256;

    private static readonly TimeSpan s_firstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_lastRetry = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private Dictionary<long, TaskCompletionSource> _pending = [];
    private bool _isRunning;

    /// <summary>Completes once the directory has read the record again, beginning after this call.</summary>
    public Task RepairAsync(long id)
    {
        lock (_gate)
        {
            if (!_pending.TryGetValue(id, out TaskCompletionSource? repair))
            {
                repair = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _pending.Add(id, repair);
            }

            if (!_isRunning)
            {
                _isRunning = true;
                // Not within the caller's turn: a grain may go away, its doubt may not.
                _ = Task.Run(RunAsync);
            }

            return repair.Task;
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        CancellationToken stopping = _stop.Token;
        TimeSpan pause = s_firstRetry;
        while (Take() is { } taken)
        {
            int partitions = options.Value.DirectoryPartitions;
            bool[] done = await Task.WhenAll(taken.GroupBy(repair => repair.Key % partitions)
                .SelectMany(partition => partition.Chunk(MaxPerCall), (partition, repairs) => RefreshAsync(partition.Key, repairs)));
            if (Array.TrueForAll(done, static all => all))
            {
                pause = s_firstRetry;
                continue;
            }

            await Task.Delay(pause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stopping.IsCancellationRequested)
                return;
            pause = pause * 2 < s_lastRetry ? pause * 2 : s_lastRetry;
        }
    }

    private async Task<bool> RefreshAsync(long partition, KeyValuePair<long, TaskCompletionSource>[] repairs)
    {
        try
        {
            ImmutableArray<long> ids = [.. repairs.Select(repair => repair.Key)];
            await grains.GetGrain<IUserDirectoryGrain>(partition).RefreshAsync(ids);
            foreach ((_, TaskCompletionSource repair) in repairs)
                repair.SetResult();
            return true;
        }
        catch (Exception exception)
        {
            LogFailed(exception, repairs.Length);
            PutBack(repairs);
            return false;
        }
    }

    private Dictionary<long, TaskCompletionSource>? Take()
    {
        lock (_gate)
        {
            _isRunning = _pending.Count > 0;
            if (!_isRunning)
                return null;
            Dictionary<long, TaskCompletionSource> taken = _pending;
            _pending = [];
            return taken;
        }
    }

    private void PutBack(KeyValuePair<long, TaskCompletionSource>[] repairs)
    {
        lock (_gate)
        {
            foreach ((long id, TaskCompletionSource repair) in repairs)
            {
                if (_pending.TryAdd(id, repair))
                    continue;
                // Doubted once more meanwhile: one reading answers both.
                TaskCompletionSource earlier = repair;
                _ = _pending[id].Task.ContinueWith(_ => earlier.SetResult(), TaskScheduler.Default);
            }
        }
    }

    [LoggerMessage(3002, LogLevel.Warning, "{Count} users could not be read again by the directory; it is asked once more.")]
    private partial void LogFailed(Exception exception, int count);
}
