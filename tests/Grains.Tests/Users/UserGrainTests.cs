using Gristmill.Grains.Users;
using Gristmill.Storage;

namespace Gristmill.Grains.Tests.Users;

[Collection(nameof(GrainCluster))]
public sealed class UserGrainTests(GrainCluster cluster)
{
    private static readonly UserFields s_ada = new("Ada", "ada@example.com", Active: true);
    private static readonly UserFields s_grace = new("Grace", "grace@example.com", Active: false);

    [Fact]
    public async Task Record_CreatedUpdatedDeleted_ChangesItsVersionEachTime()
    {
        User created = await CreateAsync(s_ada);
        IUserGrain grain = GrainOf(created);
        Assert.Equal(created, await grain.GetAsync());
        await Assert.ThrowsAsync<GrainCallException>(() => Users.CreateAsync(created.Id, [s_grace]));

        User updated = (await grain.UpdateAsync(s_grace, created.Version)).User!;
        Assert.Equal(("Grace", false, created.CreatedAt), (updated.Name, updated.Active, updated.CreatedAt));
        Assert.Equal(UserWriteStatus.PreconditionFailed, (await grain.UpdateAsync(s_ada, created.Version)).Status);
        Assert.Equal(UserWriteStatus.PreconditionFailed, (await grain.DeleteAsync(created.Version)).Status);

        Assert.Equal(UserWriteStatus.Done, (await grain.DeleteAsync(updated.Version)).Status);
        Assert.Null(await grain.GetAsync());
        Assert.Equal(UserWriteStatus.NotFound, (await grain.UpdateAsync(s_ada, null)).Status);
        Assert.Equal(UserWriteStatus.NotFound, (await grain.DeleteAsync(null)).Status);

        User again = (await Users.CreateAsync(created.Id, [s_ada]))[0];
        Assert.True(again.Version > updated.Version);
        Assert.Equal(again, await grain.GetAsync());
    }

    [Fact]
    public async Task Record_AskedForBeforeItIsCreated_IsFoundAfterwards()
    {
        long id = await FreshIdAsync();
        IUserGrain grain = cluster.Grains.GetGrain<IUserGrain>(id);
        Assert.Null(await grain.GetAsync());

        User created = (await Users.CreateAsync(id, [s_ada]))[0];

        Assert.Equal(created, await grain.GetAsync());
    }

    [Fact]
    public async Task Write_ThatTheStoreRefuses_LeavesTheRecordAsItWas()
    {
        User created = await CreateAsync(s_ada);
        IUserGrain grain = GrainOf(created);

        GrainCluster.Store.FailNextWrite(new StorageUnavailableException("The disk is full."));
        GrainCallException failure = await Assert.ThrowsAsync<GrainCallException>(() => grain.UpdateAsync(s_grace, null));

        Assert.Equal(ErrorCodes.StorageUnavailable, failure.Error.Code);
        Assert.True(failure.Error.IsTransient);
        Assert.Equal(created, await grain.GetAsync());
    }

    [Fact]
    public async Task Write_ThatHappenedThoughItFailed_IsWhatTheNextReadSees()
    {
        IUserGrain grain = GrainOf(await CreateAsync(s_ada));

        GrainCluster.Store.FailAfterNextWrite(new StorageOutcomeUnknownException("The answer was lost."));
        await Assert.ThrowsAsync<GrainCallException>(() => grain.UpdateAsync(s_grace, null));

        Assert.Equal("Grace", (await grain.GetAsync())!.Name);
    }

    [Fact]
    public async Task Store_ThatIsUnavailableWhenTheGrainIsActivated_IsNamedAsTheCause()
    {
        IUserGrain grain = GrainOf(await CreateAsync(s_ada));

        GrainCluster.Store.FailNextRead(new StorageUnavailableException("The disk is gone.", retryAfter: TimeSpan.FromSeconds(5)));
        TaskError error = (await Assert.ThrowsAsync<GrainCallException>(() => grain.GetAsync())).Error;

        Assert.Equal((ErrorCodes.StorageUnavailable, TimeSpan.FromSeconds(5)), (error.Code, error.RetryAfter));
        Assert.Equal("Ada", (await grain.GetAsync())!.Name);
    }

    [Fact]
    public async Task Write_AfterSomebodyElseWrote_HonoursTheVersionAndOtherwiseReplaces()
    {
        User created = await CreateAsync(s_ada);
        IUserGrain grain = GrainOf(created);
        Assert.Equal(created, await grain.GetAsync());
        StoredUser stored = (await GrainCluster.Store.ReadAsync(created.Id, TestContext.Current.CancellationToken))!;
        await GrainCluster.Store.UpdateAsync(stored with { Name = "Elsewhere" }, stored.Version, TestContext.Current.CancellationToken);

        Assert.Equal(UserWriteStatus.PreconditionFailed, (await grain.UpdateAsync(s_grace, created.Version)).Status);
        Assert.Equal("Elsewhere", (await grain.GetAsync())!.Name);
        Assert.Equal("Grace", (await grain.UpdateAsync(s_grace, null)).User!.Name);
    }

    [Fact]
    public async Task Ids_ReservedByManyAtOnce_NeverRepeat()
    {
        IUserIdGrain ids = cluster.Grains.GetGrain<IUserIdGrain>(0);
        UserIdBlock[] blocks = await Task.WhenAll(Enumerable.Range(1, 50).Select(size => ids.ReserveAsync(size)));

        long[] all = [.. blocks.SelectMany(block => Enumerable.Range(0, block.Count).Select(i => block.First + i))];
        Assert.Equal(all.Length, all.Distinct().Count());
        await Assert.ThrowsAnyAsync<ArgumentException>(() => ids.ReserveAsync(0));
    }

    private IUserCollectionGrain Users => cluster.Grains.GetGrain<IUserCollectionGrain>(0);

    private IUserGrain GrainOf(User user) => cluster.Grains.GetGrain<IUserGrain>(user.Id);

    private async Task<User> CreateAsync(UserFields fields) => (await Users.CreateAsync(await FreshIdAsync(), [fields]))[0];

    private static async Task<long> FreshIdAsync() => await GrainCluster.Store.ReserveIdsAsync(1, TestContext.Current.CancellationToken);
}

[CollectionDefinition(nameof(GrainCluster))]
public sealed class GrainClusterCollection : ICollectionFixture<GrainCluster>;
