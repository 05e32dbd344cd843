namespace Gristmill.Contract.Tests.Calls;

public sealed class FailureTests(ContractCluster cluster)
{
    private readonly string _key = Guid.NewGuid().ToString("N");

    private IFailingGrain Grain => cluster.Grains.GetGrain<IFailingGrain>(_key);

    [Fact]
    public async Task Exception_ArrivesWithTypeMessageAndStack()
    {
        InvalidOperationException e = await Assert.ThrowsAsync<InvalidOperationException>(Grain.ThrowAtOnce);

        Assert.Equal("at once", e.Message);
        Assert.Contains(nameof(FailingGrain.ThrowAtOnce), e.StackTrace, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exception_AfterAnAwait_ArrivesWithItsStack()
    {
        InvalidOperationException e = await Assert.ThrowsAsync<InvalidOperationException>(Grain.ThrowAfterAwait);

        Assert.Contains(nameof(FailingGrain.ThrowAfterAwait), e.StackTrace, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exception_KeepsItsData()
    {
        NumberedException e = await Assert.ThrowsAsync<NumberedException>(() => Grain.ThrowOwn(7));

        Assert.Equal(7, e.Number);
    }

    [Fact]
    public async Task Exception_LeavesTheGrainActive()
    {
        await Grain.Count();
        await Assert.ThrowsAsync<InvalidOperationException>(Grain.ThrowAtOnce);

        Assert.Equal(2, await Grain.Count());
    }

    [Fact]
    public async Task OperationCanceled_OfTheGrain_CancelsTheCallersTask()
    {
        Task call = Grain.Cancelled();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.True(call.IsCanceled);
    }

    [Fact]
    public async Task ResponseTimeout_OfTheMethod_EndsTheWait()
    {
        await Assert.ThrowsAsync<TimeoutException>(() => Grain.Hang(_key));

        // The call itself goes on: the grain is free only when it ends.
        Task<int> next = Grain.Count();
        Assert.False(next.IsCompleted);
        Signals.Raise(_key);
        Assert.Equal(1, await next);
    }

    [Fact]
    public async Task Cancellation_ReachesTheGrain_InItsTurn()
    {
        using CancellationTokenSource cancellation = new();
        Task<bool> call = Grain.WaitForCancellation(_key, cancellation.Token);
        await Signals.Wait($"{_key}-begun");

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await Signals.Wait($"{_key}-cancelled-in-turn");
    }

    [Fact]
    public async Task CancelledToken_StartsNoCall()
    {
        CancellationToken cancelled = new(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Grain.Count(cancelled));

        Assert.Equal(1, await Grain.Count(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task CancelledWhileWaiting_TheCallerWaitsNoLonger_AndTheGrainGoesOn()
    {
        Task blocking = Grain.Block(_key);
        await Signals.Wait($"{_key}-begun");
        using CancellationTokenSource cancellation = new();
        Task<int> waiting = Grain.Count(cancellation.Token);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.False(blocking.IsCompleted);
        Signals.Raise($"{_key}-go");
        await blocking;

        Assert.InRange(await Grain.Count(TestContext.Current.CancellationToken), 1, 2);
    }
}
