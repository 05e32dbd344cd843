namespace Gristmill.Storage.Tests.Users;

/// <summary>What a store that outlives its process does besides.</summary>
public abstract class DurableUserStoreConformance : UserStoreConformance
{
    [Fact]
    public async Task Reopen_AfterWrites_HasEveryRecordAndGoesOnWithIdsAndVersions()
    {
        long first = await Store.ReserveIdsAsync(100, Token);
        StoredUser gone = await Store.InsertAsync(NewUser(first), Token);
        gone = await Store.UpdateAsync(gone, gone.Version, Token);
        await Store.DeleteAsync(gone.Id, gone.Version, Token);
        IReadOnlyList<StoredUser> kept = await Store.InsertManyAsync([.. Enumerable.Range(1, 50).Select(i => NewUser(first + i))], Token);

        await ReopenAsync();

        Assert.Equal(kept, await AllAsync());
        Assert.True(await Store.ReserveIdsAsync(1, Token) >= first + 100);
        Assert.True((await Store.InsertAsync(NewUser(gone.Id), Token)).Version > gone.Version);
    }

    [Fact]
    public async Task Close_DuringWrites_AnswersThemAllAndKeepsTheAcknowledged()
    {
        IUserStore store = Store;
        Task<bool>[] writes = [.. Enumerable.Range(1, 500).Select(i => Task.Run(async () =>
        {
            try
            {
                await store.InsertAsync(NewUser(i), Token);
                return true;
            }
            catch (Exception exception) when (exception is StorageUnavailableException or StorageOutcomeUnknownException)
            {
                return false;
            }
        }))];

        await writes[0];
        await ReopenAsync();

        bool[] acknowledged = await Task.WhenAll(writes);
        IEnumerable<long> expected = Enumerable.Range(1, 500).Where(i => acknowledged[i - 1]).Select(i => (long)i);
        IEnumerable<long> stored = (await AllAsync()).Select(user => user.Id);
        if (LosesAnswers)
            Assert.Subset(stored.ToHashSet(), expected.ToHashSet());
        else
            Assert.Equal(expected, stored);
    }
}
