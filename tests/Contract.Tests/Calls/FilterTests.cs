namespace Gristmill.Contract.Tests.Calls;

public sealed class FilterTests(ContractCluster cluster)
{
    private readonly string _key = Guid.NewGuid().ToString("N");

    private IFilteredGrain Grain => cluster.Grains.GetGrain<IFilteredGrain>(_key);

    [Fact]
    public async Task IncomingFilters_RunAroundTheCall_TheGrainsOwnInnermost() =>
        Assert.Equal("silo(own(hello), Say, Say, FilteredGrain, True)", await Grain.Say("hello"));

    [Fact]
    public async Task IncomingFilter_TurnsAFailureIntoAnother()
    {
        NotSupportedException e = await Assert.ThrowsAsync<NotSupportedException>(Grain.Fail);

        Assert.Equal("translated", e.Message);
        Assert.Equal("failed", e.InnerException?.Message);
    }

    [Fact]
    public async Task IncomingFilter_TurnsAFailureIntoAResult() => Assert.Equal("saved", await Grain.FailAndBeSaved());

    [Fact]
    public async Task Filters_LetACallWithoutResultPass() => await Grain.Nothing();

    [Fact]
    public async Task OutgoingFilter_RunsAroundTheCallsOfGrains() => Assert.Equal(
        "silo(own(out(silo(own(hello), Say, Say, FilteredGrain, True), True)), CallOther, CallOther, FilteredGrain, True)",
        await Grain.CallOther($"{_key}-other", "hello"));
}
