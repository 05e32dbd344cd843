namespace Gristmill.Contract.Tests.Turns;

public sealed class TurnTests(ContractCluster cluster)
{
    private readonly string _key = Guid.NewGuid().ToString("N");

    private IStepGrain Grain => cluster.Grains.GetGrain<IStepGrain>(_key);

    [Fact]
    public async Task Call_ReturnsItsResult() => Assert.Equal(3, await Grain.Add(1, 2));

    [Fact]
    public async Task Awaits_ComeBackToTheTurn_AndTaskRunLeavesIt() => Assert.True(await Grain.AwaitsStayInTheTurn());

    [Fact]
    public async Task CallToAnotherGrain_ComesBackToTheTurn() => Assert.Equal("in the turn", await Grain.CallOther(_key + "-other"));

    [Fact]
    public async Task Turns_NeverOverlap() => Assert.Equal(2 * 10_000, await Grain.CountWithoutLocks(10_000));

    [Fact]
    public async Task Calls_WaitForTheRunningOne()
    {
        Task<int> first = Grain.Step($"{_key}1");
        await Signals.Wait($"{_key}1-begun");
        Task<int> second = Grain.Step($"{_key}2");
        Signals.Raise($"{_key}2-go");
        await LetWaitingCallsArrive();

        Signals.Raise($"{_key}1-go");

        Assert.Equal((1, 1), (await first, await second));
    }

    [Fact]
    public async Task Calls_RunOneAfterTheOther()
    {
        IStepGrain grain = Grain;
        for (int i = 0; i < 50; i++)
            Signals.Raise($"{_key}-{i}-go");

        int[] running = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => grain.Step($"{_key}-{i}")));

        Assert.All(running, count => Assert.Equal(1, count));
    }

    [Fact]
    public async Task ReadOnlyCalls_InterleaveWithEachOther()
    {
        Task<int> first = Grain.Read($"{_key}1");
        await Signals.Wait($"{_key}1-begun");
        Task<int> second = Grain.Read($"{_key}2");
        await Signals.Wait($"{_key}2-begun");

        Signals.Raise($"{_key}1-go");
        Signals.Raise($"{_key}2-go");

        Assert.Equal((1, 2), (await first, await second));
    }

    [Fact]
    public async Task ReadOnlyCall_WaitsForAWritingOne()
    {
        Task<int> write = Grain.Step($"{_key}1");
        await Signals.Wait($"{_key}1-begun");
        Task<int> read = Grain.Read($"{_key}2");
        Signals.Raise($"{_key}2-go");
        await LetWaitingCallsArrive();

        Signals.Raise($"{_key}1-go");

        Assert.Equal((1, 1), (await write, await read));
    }

    [Fact]
    public async Task ValueTask_WithoutResult_EndsOrFails()
    {
        await Grain.Check(holds: true);

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await Grain.Check(holds: false));
    }

    [Fact]
    public async Task AlwaysInterleaveCall_RunsBesideAnyOther()
    {
        Task<int> first = Grain.Step($"{_key}1");
        await Signals.Wait($"{_key}1-begun");
        Task<int> second = Grain.Interleave($"{_key}2");
        await Signals.Wait($"{_key}2-begun");

        Signals.Raise($"{_key}2-go");
        Assert.Equal(2, await second);
        Signals.Raise($"{_key}1-go");
        Assert.Equal(1, await first);
    }

    // A call that waits for nothing has run: those sent before it are there, and have begun if they may.
    private async Task LetWaitingCallsArrive()
    {
        Signals.Raise($"{_key}-probe-go");
        await Grain.Interleave($"{_key}-probe");
    }
}
