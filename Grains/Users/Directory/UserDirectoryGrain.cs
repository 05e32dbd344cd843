using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Gristmill.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;

namespace Gristmill.Grains.Users;

/// <summary>
/// Fills itself from the store while writers already tell it of changes, and compares itself with the store again when a silo is lost
/// (whoever had something to tell may have died with it) and from time to time. Reentrant: changes are applied within a turn, searches
/// run outside on a snapshot.
/// </summary>
[Reentrant, KeepAlive, PartitionPlacement]
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "OnDeactivateAsync disposes it.")]
public sealed partial class UserDirectoryGrain(
    IUserStore store, IOptions<UserOptions> options, TimeProvider time, ILogger<UserDirectoryGrain> logger) : Grain, IUserDirectoryGrain
{
    private const int PageSize = 1024;

    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(1);

    /// <summary>How long a question waits for the partition to be filled. Below the time-out of a call, so that the answer says why.</summary>
    private static readonly TimeSpan s_fillPatience = TimeSpan.FromSeconds(20);

    private readonly UserIndex _index = new(time);
    private readonly TaskCompletionSource _filled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private int _partition;
    private Task _upkeep = Task.CompletedTask;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        long key = this.GetPrimaryKeyLong();
        if (key < 0 || key >= options.Value.DirectoryPartitions)
            throw new ArgumentException($"There is no partition {key}: Users:DirectoryPartitions is {options.Value.DirectoryPartitions}.");
        _partition = (int)key;
        _upkeep = KeepUpAsync(_stop.Token);
        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _upkeep;
        _stop.Dispose();
    }

    public Task UpsertAsync(ImmutableArray<User> users)
    {
        foreach (User user in users)
        {
            ThrowUnlessOurs(user.Id);
            _index.Upsert(user);
        }

        return Task.CompletedTask;
    }

    public Task RemoveAsync(long id, long version)
    {
        ThrowUnlessOurs(id);
        _index.Remove(id, version);
        return Task.CompletedTask;
    }

    public async Task RefreshAsync(ImmutableArray<long> ids)
    {
        foreach (long id in ids)
        {
            ThrowUnlessOurs(id);
            await RefreshAsync(id);
        }
    }

    public async Task ReconcileAsync()
    {
        UserIndexSnapshot before = _index.Snapshot();
        using IEnumerator<(long Id, long Version)> listed = before.Versions().GetEnumerator();
        bool hasListed = listed.MoveNext();

        await using IAsyncEnumerator<StoredUser> stored =
            store.EnumerateAsync(_partition, options.Value.DirectoryPartitions, _stop.Token).GetAsyncEnumerator(_stop.Token);
        var page = new List<StoredUser>(PageSize);
        do
        {
            page.Clear();
            // Reading takes its time elsewhere; the turn only applies.
            await Task.Run(() => ReadPageAsync(stored, page));
            foreach (StoredUser user in page)
            {
                while (hasListed && listed.Current.Id <= user.Id)
                {
                    if (listed.Current.Id < user.Id)
                        _index.Remove(listed.Current.Id, listed.Current.Version);
                    hasListed = listed.MoveNext();
                }

                _index.Upsert(Translate(user));
            }
        }
        while (page.Count == PageSize);

        // A record that was listed before the reading began, and was not read, is gone at that version. A later one stays: Remove looks.
        for (; hasListed; hasListed = listed.MoveNext())
            _index.Remove(listed.Current.Id, listed.Current.Version);
    }

    public async Task<UserPage> ListAsync(UserQuery query, int partitions, CancellationToken cancellationToken = default)
    {
        await FilledAsync(partitions, cancellationToken);
        byte[] needle = [];
        if (query.Text is { } text)
        {
            byte[] folded = new byte[CaseFolding.MaxBytes(text)];
            needle = folded[..CaseFolding.Fold(text, folded)];
        }

        UserIndexSnapshot snapshot = _index.Snapshot();
        return await Task.Run(() => snapshot.Page(query.After, query.Limit, needle, cancellationToken), cancellationToken);
    }

    public async Task<long> CountAsync(int partitions, CancellationToken cancellationToken = default)
    {
        await FilledAsync(partitions, cancellationToken);
        return _index.Count;
    }

    internal static User Translate(StoredUser user) => new(user.Id, user.Name, user.Email, user.CreatedAt, user.Active, user.Version);

    private async Task FilledAsync(int partitions, CancellationToken cancellationToken)
    {
        if (partitions != options.Value.DirectoryPartitions)
            throw new ArgumentException($"{partitions} partitions were asked, and there are {options.Value.DirectoryPartitions}: every silo needs the same Users:DirectoryPartitions.");
        if (_filled.Task.IsCompleted)
            return;
        try
        {
            await _filled.Task.WaitAsync(s_fillPatience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new UnavailableException("The user directory is still being read from the store.");
        }
    }

    private async Task RefreshAsync(long id)
    {
        while (true)
        {
            long? before = _index.VersionOf(id);
            StoredUser? user = await store.ReadAsync(id, _stop.Token);
            if (user is not null)
            {
                _index.Upsert(Translate(user));
                return;
            }

            // Gone at the version that we know, unless a writer told of another meanwhile: then what was read may be older.
            if (_index.VersionOf(id) == before)
            {
                if (before is { } version)
                    _index.Remove(id, version);
                return;
            }
        }
    }

    private async Task KeepUpAsync(CancellationToken cancellationToken)
    {
        HashSet<SiloAddress> silos = [];
        long reconciledAt = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            TimeSpan pause = s_look;
            try
            {
                HashSet<SiloAddress> now = [.. (await GrainFactory.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true)).Keys];
                bool isDue = !_filled.Task.IsCompleted || !silos.IsSubsetOf(now) || time.GetElapsedTime(reconciledAt) >= options.Value.DirectoryCheckPeriod;
                if (isDue)
                {
                    await ReconcileAsync();
                    reconciledAt = time.GetTimestamp();
                    _filled.TrySetResult();
                }

                // Only now: a comparison that failed is still owed.
                silos = now;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                LogReconcileFailed(exception, _partition);
                pause = s_retry;
            }

            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
    }

    private static async Task ReadPageAsync(IAsyncEnumerator<StoredUser> users, List<StoredUser> page)
    {
        while (page.Count < PageSize && await users.MoveNextAsync())
            page.Add(users.Current);
    }

    private void ThrowUnlessOurs(long id)
    {
        if (id % options.Value.DirectoryPartitions != _partition)
            throw new ArgumentException($"User {id} does not belong to partition {_partition} of {options.Value.DirectoryPartitions}: every silo needs the same Users:DirectoryPartitions.");
    }

    [LoggerMessage(3001, LogLevel.Warning, "Partition {Partition} of the user directory could not be compared with the store; it tries again.")]
    private partial void LogReconcileFailed(Exception exception, int partition);
}
