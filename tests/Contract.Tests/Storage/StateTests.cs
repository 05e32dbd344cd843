using Orleans.Storage;

namespace Gristmill.Contract.Tests.Storage;

public sealed class StateTests(ContractCluster cluster)
{
    private readonly string _key = Guid.NewGuid().ToString("N");

    private IStateGrain Grain => cluster.Grains.GetGrain<IStateGrain>(_key);

    [Fact]
    public async Task NewGrain_HasFreshState_AndNoRecord()
    {
        Assert.Equal(0, await Grain.Get());
        Assert.False(await Grain.Exists());
        Assert.Null(await Grain.GetEtag());
    }

    [Fact]
    public async Task WrittenState_IsThereAfterReactivation()
    {
        await Grain.Add(5);
        await Reactivate();

        Assert.Equal(5, await Grain.Get());
        Assert.True(await Grain.Exists());
    }

    [Fact]
    public async Task UnwrittenState_IsLost()
    {
        await Grain.Add(5);
        await Grain.SetWithoutWriting(9);
        await Reactivate();

        Assert.Equal(5, await Grain.Get());
    }

    [Fact]
    public async Task Etag_ChangesWithEveryWrite()
    {
        await Grain.Add(1);
        string? first = await Grain.GetEtag();
        await Grain.Add(1);

        Assert.NotNull(first);
        Assert.NotEqual(first, await Grain.GetEtag());
    }

    [Fact]
    public async Task Clear_DeletesTheRecord_AndTheGrainCanWriteAgain()
    {
        await Grain.Add(5);
        await Grain.Clear();

        Assert.Equal((0, false), (await Grain.Get(), await Grain.Exists()));
        Assert.Equal(2, await Grain.Add(2));
    }

    [Fact]
    public async Task Read_TakesWhatIsStored()
    {
        await Grain.Add(1);
        await Grain.Overtake(50);
        await Grain.Read();

        Assert.Equal(50, await Grain.Get());
    }

    [Fact]
    public async Task Conflict_ThatTheGrainHandles_LeavesItActive()
    {
        await Grain.Add(1);
        await Grain.Overtake(50);

        Assert.Equal("conflict", await Grain.AddAndCatchConflict(1));
        Assert.Equal(2, await Grain.Get());
    }

    [Fact]
    public async Task Conflict_ThatEscapes_DeactivatesTheGrain_AndTheNextCallReadsAfresh()
    {
        await Grain.Add(1);
        await Grain.Overtake(50);

        await Assert.ThrowsAsync<InconsistentStateException>(() => Grain.Add(1));
        await Signals.Wait($"{_key}-ApplicationError");

        Assert.Equal(50, await Grain.Get());
    }

    [Fact]
    public async Task StorageOfOnesOwn_IsFoundByItsName() =>
        Assert.Equal((7, "own"), await cluster.Grains.GetGrain<IFixedStateGrain>(_key).Get());

    private async Task Reactivate()
    {
        await Grain.Deactivate();
        await Signals.Wait($"{_key}-ApplicationRequested");
    }
}
