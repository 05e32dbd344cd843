using System.Collections.Immutable;
using Gristmill.Grains.Users;
using Gristmill.Storage;

namespace Gristmill.Grains.Tests.Users.Directory;

[Collection(nameof(GrainCluster))]
public sealed class UserDirectoryGrainTests(GrainCluster cluster)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly int s_partitions = new UserOptions().DirectoryPartitions;

    [Fact]
    public async Task List_OverAllPartitions_IsInIdOrderAndPagesWithoutGapOrRepeat()
    {
        string mark = Mark();
        ImmutableArray<User> users = await CreateAsync([.. Enumerable.Range(0, 500).Select(i => new UserFields($"{mark} {i}", "a@b", true))]);

        foreach (int limit in new[] { 1, 7, 100, 500, 1000 })
        {
            var found = new List<User>();
            ImmutableArray<User> page;
            do
            {
                page = await Users.ListAsync(new UserQuery(found.Count == 0 ? 0 : found[^1].Id, limit, mark.ToUpperInvariant()));
                found.AddRange(page);
            }
            while (page.Length == limit);
            Assert.Equal(users, found);
        }

        ImmutableArray<User> listed = await Users.ListAsync(new UserQuery(users[0].Id - 1, 500));
        Assert.Equal(users, listed);
    }

    [Fact]
    public async Task Page_ThatOnePartitionFillsAlone_IsComplete()
    {
        string mark = Mark();
        ImmutableArray<User> users = await CreateAsync(
            [.. Enumerable.Range(0, 400).Select(i => new UserFields(i % s_partitions == 3 ? mark : "other", "a@b", true))]);

        Assert.Equal(users.Where(user => user.Name == mark), await Users.ListAsync(new UserQuery(0, 50, mark)));
    }

    [Fact]
    public async Task Count_AfterCreationAndDeletion_Follows()
    {
        long before = await Users.CountAsync();
        ImmutableArray<User> users = await CreateAsync([.. Enumerable.Range(0, 20).Select(i => new UserFields("counted", "a@b", true))]);
        Assert.Equal(before + 20, await Users.CountAsync());

        await Task.WhenAll(users.Select(user => cluster.Grains.GetGrain<IUserGrain>(user.Id).DeleteAsync(null)));
        Assert.Equal(before, await Users.CountAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Write_WhoseCallToTheDirectoryFails_IsListedBeforeItIsAcknowledged(bool isLost)
    {
        string mark = Mark();
        Fail();
        User user = (await CreateAsync([new UserFields($"{mark} created", "a@b", true)]))[0];
        Assert.Equal([user], await FindAsync(mark));

        Fail();
        User updated = (await cluster.Grains.GetGrain<IUserGrain>(user.Id).UpdateAsync(new UserFields($"{mark} updated", "a@b", true), null)).User!;
        Assert.Equal([updated], await FindAsync(mark));

        Fail();
        await cluster.Grains.GetGrain<IUserGrain>(user.Id).DeleteAsync(null);
        Assert.Empty(await FindAsync(mark));

        void Fail()
        {
            if (isLost)
                GrainCluster.DirectoryFaults.LoseNext(3);
            else
                GrainCluster.DirectoryFaults.LeaveNextUnanswered();
        }
    }

    [Fact]
    public async Task Write_ThatHappenedThoughItFailed_IsListedInTheEnd()
    {
        string mark = Mark();
        GrainCluster.Store.FailAfterNextWrite(new StorageOutcomeUnknownException("The answer was lost."));
        await Assert.ThrowsAsync<GrainCallException>(() => CreateAsync([new UserFields($"{mark} created", "a@b", true)]));
        await UntilAsync(async () => (await FindAsync(mark)).Length == 1, "the creation is listed");

        User user = (await FindAsync(mark))[0];
        IUserGrain grain = cluster.Grains.GetGrain<IUserGrain>(user.Id);
        GrainCluster.Store.FailAfterNextWrite(new StorageOutcomeUnknownException("The answer was lost."));
        await Assert.ThrowsAsync<GrainCallException>(() => grain.UpdateAsync(new UserFields($"{mark} updated", "a@b", true), null));
        await UntilAsync(async () => (await FindAsync(mark))[0].Name.EndsWith("updated", StringComparison.Ordinal), "the update is listed");

        GrainCluster.Store.FailAfterNextWrite(new StorageOutcomeUnknownException("The answer was lost."));
        await Assert.ThrowsAsync<GrainCallException>(() => grain.DeleteAsync(null));
        await UntilAsync(async () => (await FindAsync(mark)).IsEmpty, "the deletion is listed");
    }

    [Fact]
    public async Task Reconcile_WhileWritersWrite_EndsWithWhatTheStoreHolds()
    {
        string mark = Mark();
        ImmutableArray<User> users = await CreateAsync([.. Enumerable.Range(0, 8 * s_partitions).Select(i => new UserFields($"{mark} {i}", "a@b", true))]);
        int partition = (int)(users[0].Id % s_partitions);
        User[] ours = [.. users.Where(user => user.Id % s_partitions == partition)];

        // Behind the directory's back: one record changed, one deleted, one created.
        await GrainCluster.Store.UpdateAsync(Stored(ours[1]) with { Name = $"{mark} changed" }, ours[1].Version, Token);
        await GrainCluster.Store.DeleteAsync(ours[2].Id, ours[2].Version, Token);
        long hidden = await IdOfPartitionAsync(partition);
        await GrainCluster.Store.InsertAsync(new StoredUser(hidden, $"{mark} hidden", "a@b", 0, true), Token);

        // The enumeration holds its first page while others go on.
        EnumerationPause pause = GrainCluster.Store.PauseNextEnumeration();
        Task reconciled = cluster.Grains.GetGrain<IUserDirectoryGrain>(partition).ReconcileAsync();
        await pause.Reached.Task.WaitAsync(s_patience, Token);
        await cluster.Grains.GetGrain<IUserGrain>(ours[3].Id).UpdateAsync(new UserFields($"{mark} meanwhile", "a@b", true), null);
        await cluster.Grains.GetGrain<IUserGrain>(ours[4].Id).DeleteAsync(null);
        User created = (await Users.CreateAsync(await IdOfPartitionAsync(partition), [new UserFields($"{mark} new", "a@b", true)]))[0];
        pause.Released.SetResult();
        await reconciled;

        List<User> expected = [];
        await foreach (StoredUser user in GrainCluster.Store.EnumerateAsync(0, 1, Token))
        {
            if (user.Name.Contains(mark, StringComparison.Ordinal))
                expected.Add(UserDirectoryGrain.Translate(user));
        }

        Assert.Contains(created, expected);
        Assert.Equal(expected, await FindAsync(mark));
    }

    [Fact]
    public async Task Partition_AskedByACallerWithAnotherNumberOfPartitions_Refuses()
    {
        IUserDirectoryGrain directory = cluster.Grains.GetGrain<IUserDirectoryGrain>(0);
        await Assert.ThrowsAnyAsync<ArgumentException>(() => directory.ListAsync(new UserQuery(0, 10), s_partitions + 1));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => directory.UpsertAsync([new User(s_partitions + 1, "a", "b@c", 0, true, 1)]));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IUserCollectionGrain Users => cluster.Grains.GetGrain<IUserCollectionGrain>(0);

    private Task<ImmutableArray<User>> FindAsync(string text) => Users.ListAsync(new UserQuery(0, 1000, text));

    private async Task<ImmutableArray<User>> CreateAsync(ImmutableArray<UserFields> fields) =>
        await Users.CreateAsync(await GrainCluster.Store.ReserveIdsAsync(fields.Length, Token), fields);

    private static async Task<long> IdOfPartitionAsync(int partition)
    {
        long first = await GrainCluster.Store.ReserveIdsAsync(s_partitions, Token);
        return Enumerable.Range(0, s_partitions).Select(i => first + i).Single(id => id % s_partitions == partition);
    }

    private static StoredUser Stored(User user) => new(user.Id, user.Name, user.Email, user.CreatedAt, user.Active, user.Version);

    private static string Mark() => Guid.NewGuid().ToString("N");

    private static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        using var deadline = new CancellationTokenSource(s_patience);
        while (!await condition())
            Assert.False(deadline.IsCancellationRequested, $"Not within {s_patience.TotalSeconds} s: {what}.");
    }
}
