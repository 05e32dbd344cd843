namespace Gristmill.Storage.Tests.Faults;

public sealed class FaultInjectingUserStoreTests
{
    private static readonly StoredUser s_user = new(1, "Ada", "ada@example.org", 0, true);

    private readonly MemoryUserStore _inner = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Timeout_DoesNotWrite_AndDoesNotTell()
    {
        FaultInjectingUserStore store = Over(o => o.TimeoutRate = 1);

        await Assert.ThrowsAsync<StorageOutcomeUnknownException>(async () => await store.InsertAsync(s_user, Token));
        await Assert.ThrowsAsync<StorageUnavailableException>(async () => await store.ReadAsync(1, Token));
        Assert.Null(await _inner.ReadAsync(1, Token));
    }

    [Fact]
    public async Task ExecuteAndTimeout_Writes_AndDoesNotTell()
    {
        FaultInjectingUserStore store = Over(o => o.ExecuteAndTimeoutRate = 1);

        await Assert.ThrowsAsync<StorageOutcomeUnknownException>(async () => await store.InsertAsync(s_user, Token));
        Assert.NotNull(await _inner.ReadAsync(1, Token));
    }

    [Fact]
    public async Task Busy_DoesNotWrite_AndTells()
    {
        FaultInjectingUserStore store = Over(o => o.BusyRate = 1);

        await Assert.ThrowsAsync<StorageUnavailableException>(async () => await store.InsertAsync(s_user, Token));
        Assert.Null(await _inner.ReadAsync(1, Token));
    }

    [Fact]
    public async Task Conflict_IsARealOne_ThatLeavesTheFields()
    {
        StoredUser stored = await _inner.InsertAsync(s_user, Token);
        FaultInjectingUserStore store = Over(o => o.ConflictRate = 1);

        VersionConflictException conflict = await Assert.ThrowsAsync<VersionConflictException>(
            async () => await store.UpdateAsync(stored with { Name = "B" }, stored.Version, Token));
        await Assert.ThrowsAsync<VersionConflictException>(async () => await store.DeleteAsync(1, conflict.ActualVersion!.Value, Token));

        StoredUser now = (await _inner.ReadAsync(1, Token))!;
        Assert.Equal(stored with { Version = now.Version }, now);
        Assert.True(now.Version > stored.Version);
    }

    [Fact]
    public async Task Rates_AreMetBySeed()
    {
        var faults = new StorageFaults(new StorageFaultOptions { Seed = 5, BusyRate = 0.1, TimeoutRate = 0.01 }, TimeProvider.System);
        string first = await PatternAsync(faults);
        string again = await PatternAsync(new StorageFaults(new StorageFaultOptions { Seed = 5, BusyRate = 0.1, TimeoutRate = 0.01 }, TimeProvider.System));
        string other = await PatternAsync(new StorageFaults(new StorageFaultOptions { Seed = 6, BusyRate = 0.1, TimeoutRate = 0.01 }, TimeProvider.System));

        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
        Assert.InRange(faults.Count(StorageFault.Busy), 800, 1_200);
        Assert.InRange(faults.Count(StorageFault.Timeout), 60, 140);

        async Task<string> PatternAsync(StorageFaults faults)
        {
            var store = new FaultInjectingUserStore(_inner, faults);
            var pattern = new char[10_000];
            for (int i = 0; i < pattern.Length; i++)
            {
                try
                {
                    await store.PingAsync(Token);
                    pattern[i] = '.';
                }
                catch (StorageUnavailableException)
                {
                    pattern[i] = 'x';
                }
            }

            return new string(pattern);
        }
    }

    private FaultInjectingUserStore Over(Action<StorageFaultOptions> configure)
    {
        var options = new StorageFaultOptions();
        configure(options);
        return new FaultInjectingUserStore(_inner, new StorageFaults(options, TimeProvider.System));
    }
}
