using Gristmill.Grains.Users;
using Gristmill.Storage;

namespace Gristmill.Grains.Tests.Users;

[Collection(nameof(GrainCluster))]
public sealed class UserGrainTests(GrainCluster cluster)
{
    private static readonly UserFields s_ada = new("Ada", "ada@example.com", Active: true);
    private static readonly UserFields s_grace = new("Grace", "grace@example.com", Active: false);

    [Fact]
    public async Task Record_CreatedUpdatedDeleted_ChangesItsETagEachTime()
    {
        IUserGrain grain = await FreshAsync();
        Assert.Null(await grain.GetAsync());

        UserRecord created = (await grain.CreateAsync(s_ada)).User!;
        Assert.Equal(created, await grain.GetAsync());
        Assert.Equal(UserWriteStatus.PreconditionFailed, (await grain.CreateAsync(s_grace)).Status);

        UserRecord updated = (await grain.UpdateAsync(s_grace, created.ETag)).User!;
        Assert.Equal(("Grace", false, created.CreatedAt), (updated.Name, updated.Active, updated.CreatedAt));
        Assert.Equal(UserWriteStatus.PreconditionFailed, (await grain.UpdateAsync(s_ada, created.ETag)).Status);
        Assert.Equal(UserWriteStatus.PreconditionFailed, (await grain.DeleteAsync(created.ETag)).Status);

        Assert.Equal(UserWriteStatus.Done, (await grain.DeleteAsync(updated.ETag)).Status);
        Assert.Null(await grain.GetAsync());
        Assert.Equal(UserWriteStatus.NotFound, (await grain.UpdateAsync(s_ada, null)).Status);
        Assert.Equal(UserWriteStatus.NotFound, (await grain.DeleteAsync(null)).Status);

        UserRecord again = (await grain.CreateAsync(s_ada)).User!;
        Assert.DoesNotContain(again.ETag, new[] { created.ETag, updated.ETag });
    }

    [Fact]
    public async Task Write_ThatTheStoreRefuses_LeavesTheRecordAsItWas()
    {
        IUserGrain grain = await FreshAsync();
        UserRecord created = (await grain.CreateAsync(s_ada)).User!;

        GrainCluster.Store.FailNextWrite(new StorageUnavailableException("The disk is full."));
        GrainCallException failure = await Assert.ThrowsAsync<GrainCallException>(() => grain.UpdateAsync(s_grace, null));

        Assert.Equal(ErrorCodes.StorageUnavailable, failure.Error.Code);
        Assert.True(failure.Error.IsTransient);
        Assert.Equal(created, await grain.GetAsync());
    }

    [Fact]
    public async Task Write_ThatHappenedThoughItFailed_IsWhatTheNextReadSees()
    {
        IUserGrain grain = await FreshAsync();
        await grain.CreateAsync(s_ada);

        GrainCluster.Store.FailAfterNextWrite(new StorageUnavailableException("The answer was lost."));
        await Assert.ThrowsAsync<GrainCallException>(() => grain.UpdateAsync(s_grace, null));

        Assert.Equal("Grace", (await grain.GetAsync())!.Name);
    }

    [Fact]
    public async Task Write_AfterSomebodyElseWrote_HonoursTheETagAndOtherwiseReplaces()
    {
        long id = await GrainCluster.Store.ReserveIdsAsync(1, TestContext.Current.CancellationToken);
        IUserGrain grain = cluster.Grains.GetGrain<IUserGrain>(id);
        UserRecord created = (await grain.CreateAsync(s_ada)).User!;
        StoredUser stored = (await GrainCluster.Store.ReadAsync(id, TestContext.Current.CancellationToken))!;
        await GrainCluster.Store.UpdateAsync(stored with { Name = "Elsewhere" }, stored.Version, TestContext.Current.CancellationToken);

        Assert.Equal(UserWriteStatus.PreconditionFailed, (await grain.UpdateAsync(s_grace, created.ETag)).Status);
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

    private async Task<IUserGrain> FreshAsync() =>
        cluster.Grains.GetGrain<IUserGrain>(await GrainCluster.Store.ReserveIdsAsync(1, TestContext.Current.CancellationToken));
}

[CollectionDefinition(nameof(GrainCluster))]
public sealed class GrainClusterCollection : ICollectionFixture<GrainCluster>;
