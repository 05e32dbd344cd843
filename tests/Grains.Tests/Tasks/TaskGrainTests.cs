using System.Net;
using System.Text;
using Gristmill.Grains.Tasks;

namespace Gristmill.Grains.Tests.Tasks;

[Collection(nameof(GrainCluster))]
public sealed class TaskGrainTests(GrainCluster cluster)
{
    [Fact]
    public async Task DirectTask_OnAnActiveSilo_GivesOutputOrError()
    {
        ITaskExecutorGrain executor = await ExecutorAsync();

        TaskOutcome sum = await executor.RunDirectAsync(Task("math.add", """{"operands":[40,2]}"""));
        Assert.Equal((TaskState.Succeeded, """{"result":42}"""), (sum.State, Encoding.UTF8.GetString(sum.Output.Span)));
        Assert.NotNull(sum.StartedAt);
        Assert.True(sum.FinishedAt >= sum.StartedAt);

        TaskOutcome overflow = await executor.RunDirectAsync(Task("math.factorial", """{"operands":[21]}"""));
        Assert.Equal((TaskState.Failed, ErrorCodes.Overflow), (overflow.State, overflow.Error!.Code));

        TaskOutcome invalid = await executor.RunDirectAsync(Task("math.add", """{"operands":"none"}"""));
        Assert.Equal((TaskState.Failed, ErrorCodes.InvalidInput), (invalid.State, invalid.Error!.Code));
        Assert.True(invalid.Error.Fields.ContainsKey("operands"));
    }

    [Fact]
    public async Task Executor_OfEverySilo_RunsOnThatSilo()
    {
        foreach (string silo in await SilosAsync())
            Assert.Equal(silo, (await cluster.Grains.GetGrain<ITaskExecutorGrain>(silo).RunDirectAsync(Task("math.add", """{"operands":[1]}"""))).Silo);
    }

    [Fact]
    public async Task Executor_OfASiloThatIsNotThere_IsRefused()
    {
        string gone = SiloAddress.New(IPAddress.Loopback, 1, 12_345).ToParsableString();

        await AssertRefusedAsync(cluster.Grains, gone);
    }

    [Fact]
    public async Task Executor_OfASiloThatHasStopped_IsRefused()
    {
        // A cluster that runs no durable tasks: an executor would open the partitions of everybody's store.
        await using LeaseCluster own = new();
        await own.InitializeAsync();
        Assert.SkipUnless(own.Silos.Count > 1, $"Takes two silos: {GrainCluster.SilosVariable}=2, on Orleans.");
        string second = own.Silos[^1];
        Assert.Equal(second, (await own.Grains.GetGrain<ITaskExecutorGrain>(second).RunDirectAsync(Task("math.add", """{"operands":[1]}"""))).Silo);

        await own.StopLastSiloAsync();

        await AssertRefusedAsync(own.Grains, second);
    }

    [Fact]
    public async Task UnknownKind_AcrossTheCall_KeepsItsCodeAndTheNearestNames()
    {
        ITaskExecutorGrain executor = await ExecutorAsync();

        GrainCallException failure = await Assert.ThrowsAsync<GrainCallException>(() => executor.RunDirectAsync(Task("math.ad", "{}")));

        Assert.Equal(ErrorCodes.UnknownTaskKind, failure.Error.Code);
        Assert.Contains("math.add", failure.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Catalog_ListsKindsByName()
    {
        ITaskKindCatalogGrain catalog = cluster.Grains.GetGrain<ITaskKindCatalogGrain>(0);
        string[] names = [.. (await catalog.ListAsync()).Select(kind => kind.Name)];

        Assert.Equal(names.Order(StringComparer.Ordinal), names);
        Assert.Equal("math.add", (await catalog.FindAsync("math.add")).Kind!.Name);
        Assert.Contains("math.add", (await catalog.FindAsync("math.ad")).Nearest);
    }

    private static async Task AssertRefusedAsync(IGrainFactory grains, string silo)
    {
        GrainCallException refusal = await Assert.ThrowsAsync<GrainCallException>(
            () => grains.GetGrain<ITaskExecutorGrain>(silo).RunDirectAsync(Task("math.add", """{"operands":[1]}""")));

        Assert.Equal((ErrorCodes.Unavailable, true), (refusal.Error.Code, refusal.Error.IsTransient));
        Assert.Contains(silo, refusal.Error.Message, StringComparison.Ordinal);
    }

    private async Task<string[]> SilosAsync() =>
        [.. (await cluster.Grains.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true)).Keys.Select(silo => silo.ToParsableString())];

    private async Task<ITaskExecutorGrain> ExecutorAsync() => cluster.Grains.GetGrain<ITaskExecutorGrain>((await SilosAsync())[0]);

    private static DirectTask Task(string kind, string input) => new(TaskId.New(0, TimeProvider.System), kind, Encoding.UTF8.GetBytes(input));
}
