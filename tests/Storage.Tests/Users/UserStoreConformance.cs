using System.Text;

namespace Gristmill.Storage.Tests.Users;

/// <summary>What every <see cref="IUserStore"/> does, whatever lies below it.</summary>
public abstract class UserStoreConformance : IAsyncLifetime
{
    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>True when answers can be lost: a repeated reservation skips ids, and a write may be stored without being acknowledged.</summary>
    protected virtual bool LosesAnswers => false;

    protected IUserStore Store { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Store = await OpenAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await CloseAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Opens the test's store: an empty one the first time, the same one after <see cref="CloseAsync"/>.</summary>
    protected abstract ValueTask<IUserStore> OpenAsync();

    protected abstract ValueTask CloseAsync();

    protected async Task ReopenAsync()
    {
        await CloseAsync();
        Store = await OpenAsync();
    }

    protected static StoredUser NewUser(long id, string name = "Ada", string email = "ada@example.org") =>
        new(id, name, email, 1_700_000_000 + id, Active: id % 2 == 0);

    protected async Task<List<StoredUser>> AllAsync(int partition = 0, int partitionCount = 1)
    {
        var all = new List<StoredUser>();
        await foreach (StoredUser user in Store.EnumerateAsync(partition, partitionCount, Token))
            all.Add(user);
        return all;
    }

    [Fact]
    public async Task Insert_ThenRead_ReturnsTheSameRecord()
    {
        StoredUser stored = await Store.InsertAsync(NewUser(7), Token);

        Assert.True(stored.Version >= 1);
        Assert.Equal(NewUser(7) with { Version = stored.Version }, stored);
        Assert.Equal(stored, await Store.ReadAsync(7, Token));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    public async Task Read_OfAnIdThatIsNotThere_IsNull(long id) => Assert.Null(await Store.ReadAsync(id, Token));

    [Fact]
    public async Task Insert_OfATakenId_ConflictsAndChangesNothing()
    {
        StoredUser first = await Store.InsertAsync(NewUser(7), Token);

        VersionConflictException conflict = await Assert.ThrowsAsync<VersionConflictException>(
            async () => await Store.InsertAsync(NewUser(7, "Eve"), Token));

        Assert.Equal((7, 0, first.Version), (conflict.Id, conflict.ExpectedVersion, conflict.ActualVersion));
        Assert.Equal(first, await Store.ReadAsync(7, Token));
    }

    [Fact]
    public async Task Update_AtTheRightVersion_ReplacesAllFieldsAndRaisesTheVersion()
    {
        StoredUser first = await Store.InsertAsync(NewUser(7), Token);
        var change = new StoredUser(7, "Ada Lovelace", "", -5, !first.Active);

        StoredUser second = await Store.UpdateAsync(change, first.Version, Token);

        Assert.True(second.Version > first.Version);
        Assert.Equal(change with { Version = second.Version }, second);
        Assert.Equal(second, await Store.ReadAsync(7, Token));
    }

    [Fact]
    public async Task Update_AtAnotherVersionOrOfNothing_ConflictsAndChangesNothing()
    {
        StoredUser first = await Store.InsertAsync(NewUser(7), Token);
        StoredUser second = await Store.UpdateAsync(first with { Name = "B" }, first.Version, Token);

        VersionConflictException stale = await Assert.ThrowsAsync<VersionConflictException>(
            async () => await Store.UpdateAsync(first with { Name = "C" }, first.Version, Token));
        VersionConflictException missing = await Assert.ThrowsAsync<VersionConflictException>(
            async () => await Store.UpdateAsync(NewUser(8), 1, Token));

        Assert.Equal((7, first.Version, second.Version), (stale.Id, stale.ExpectedVersion, stale.ActualVersion));
        Assert.Null(missing.ActualVersion);
        Assert.Equal([second], await AllAsync());
    }

    [Fact]
    public async Task Delete_AtTheRightVersionOnly_RemovesTheRecord()
    {
        StoredUser stored = await Store.InsertAsync(NewUser(7), Token);

        await Assert.ThrowsAsync<VersionConflictException>(async () => await Store.DeleteAsync(7, stored.Version + 1, Token));
        Assert.Equal(stored, await Store.ReadAsync(7, Token));
        await Store.DeleteAsync(7, stored.Version, Token);

        Assert.Null(await Store.ReadAsync(7, Token));
        VersionConflictException again = await Assert.ThrowsAsync<VersionConflictException>(
            async () => await Store.DeleteAsync(7, stored.Version, Token));
        Assert.Null(again.ActualVersion);
    }

    [Fact]
    public async Task Insert_OfADeletedId_NeverRepeatsAVersionOfIt()
    {
        StoredUser old = await Store.InsertAsync(NewUser(7), Token);
        for (int i = 0; i < 5; i++)
            old = await Store.UpdateAsync(old, old.Version, Token);
        await Store.DeleteAsync(7, old.Version, Token);

        StoredUser single = await Store.InsertAsync(NewUser(7), Token);
        await Store.DeleteAsync(7, single.Version, Token);
        StoredUser batch = (await Store.InsertManyAsync([NewUser(7)], Token))[0];

        Assert.True(single.Version > old.Version);
        Assert.True(batch.Version > single.Version);
    }

    [Fact]
    public async Task InsertMany_StoresAllInTheOrderGiven()
    {
        StoredUser[] users = [.. Enumerable.Range(1, 3_000).Reverse().Select(id => NewUser(id))];

        IReadOnlyList<StoredUser> stored = await Store.InsertManyAsync(users, Token);

        Assert.Equal(users.Select(u => u.Id), stored.Select(u => u.Id));
        Assert.Equal(stored.Reverse(), await AllAsync());
        Assert.Empty(await Store.InsertManyAsync([], Token));
    }

    [Fact]
    public async Task InsertMany_WithATakenOrRepeatedId_StoresNothing()
    {
        StoredUser there = await Store.InsertAsync(NewUser(50), Token);

        VersionConflictException taken = await Assert.ThrowsAsync<VersionConflictException>(
            async () => await Store.InsertManyAsync([.. Enumerable.Range(1, 100).Select(id => NewUser(id))], Token));
        VersionConflictException repeated = await Assert.ThrowsAsync<VersionConflictException>(
            async () => await Store.InsertManyAsync([NewUser(1), NewUser(2), NewUser(1)], Token));

        Assert.Equal((50, 1), (taken.Id, repeated.Id));
        Assert.Equal([there], await AllAsync());
    }

    public static TheoryData<StoredUser> Unstorable =>
    [
        NewUser(0), NewUser(-1), NewUser(long.MaxValue), NewUser(StoredUser.MaxId + 1),
        NewUser(1, name: "a\0b"), NewUser(1, email: "\0"),
        NewUser(1, name: "\uD800"), NewUser(1, name: "x\uDC00y"), NewUser(1, email: "\uDE00\uD83D"), NewUser(1, email: "end\uD83D"),
    ];

    [Theory]
    [MemberData(nameof(Unstorable), DisableDiscoveryEnumeration = true)]
    public async Task Write_OfWhatCannotComeBackTheSame_IsRefused(StoredUser user)
    {
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.InsertAsync(user, Token));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.InsertManyAsync([NewUser(2), user], Token));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.UpdateAsync(user, 1, Token));
        Assert.Empty(await AllAsync());
    }

    [Fact]
    public async Task Text_OfEveryPlane_ComesBackByteForByte()
    {
        StoredUser[] users = [.. EveryCodePoint().Chunk(4_096).Select((runes, i) =>
        {
            var text = new StringBuilder();
            foreach (Rune rune in runes)
                text.Append(rune.ToString());
            return NewUser(i + 1, text.ToString(), "e\u0301 \u00E9 \uFB01 \u212B \uFEFF@x"); // no normalization either
        })];

        await Store.InsertManyAsync(users, Token);

        List<StoredUser> stored = await AllAsync();
        Assert.Equal(users.Length, stored.Count);
        foreach ((StoredUser expected, StoredUser actual) in users.Zip(stored))
        {
            Assert.True(string.Equals(expected.Name, actual.Name, StringComparison.Ordinal), $"name of {expected.Id}");
            Assert.True(string.Equals(expected.Email, actual.Email, StringComparison.Ordinal), $"e-mail of {expected.Id}");
        }

        static IEnumerable<Rune> EveryCodePoint() => Enumerable.Range(1, 0x10FFFF).Where(Rune.IsValid).Select(c => new Rune(c));
    }

    [Fact]
    public async Task ReserveIds_ByManyAtOnce_HandsOutEachIdOnce()
    {
        long[] firsts = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(async () => await Store.ReserveIdsAsync(10, Token))));

        Assert.Equal(640, firsts.SelectMany(first => Enumerable.Range(0, 10).Select(i => first + i)).Distinct().Count());
        Assert.True(firsts.Min() >= 1);
    }

    [Fact]
    public async Task ReserveIds_WithRecordsOrDeletedRecordsAbove_GoesBeyondThem()
    {
        await Store.InsertAsync(NewUser(1_000), Token);
        long next = await Store.ReserveIdsAsync(1, Token);
        Assert.True(next == 1_001 || (LosesAnswers && next > 1_001));

        StoredUser gone = await Store.InsertAsync(NewUser(5_000), Token);
        await Store.DeleteAsync(5_000, gone.Version, Token);
        Assert.True(await Store.ReserveIdsAsync(1, Token) > 5_000);
    }

    [Fact]
    public async Task ReserveIds_BeyondTheLastId_IsRefused()
    {
        await Store.InsertAsync(NewUser(StoredUser.MaxId - 5), Token);

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await Store.ReserveIdsAsync(6, Token));
        if (!LosesAnswers)
            Assert.Equal(StoredUser.MaxId - 4, await Store.ReserveIdsAsync(5, Token));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await Store.ReserveIdsAsync(0, Token));
    }

    [Fact]
    public async Task Enumerate_ByPartition_GivesEachRecordOnceInIdOrder()
    {
        await Store.InsertManyAsync([.. Enumerable.Range(1, 10_000).Select(id => NewUser(id))], Token);

        List<StoredUser>[] partitions = [await AllAsync(0, 3), await AllAsync(1, 3), await AllAsync(2, 3)];

        for (int partition = 0; partition < 3; partition++)
        {
            Assert.All(partitions[partition], user => Assert.Equal(partition, user.Id % 3));
            Assert.Equal(partitions[partition].OrderBy(user => user.Id), partitions[partition]);
        }

        Assert.Equal(10_000, partitions.Sum(users => users.Count));
        Assert.Equal(10_000, await Store.CountAsync(Token));
    }

    [Fact]
    public async Task Enumerate_WhileRecordsComeAndGo_GivesThoseThatStay()
    {
        await Store.InsertManyAsync([.. Enumerable.Range(1, 5_000).Select(id => NewUser(id))], Token);
        var seen = new List<long>();

        await foreach (StoredUser user in Store.EnumerateAsync(0, 1, Token))
        {
            seen.Add(user.Id);
            if (user.Id % 500 == 0 && user.Id <= 5_000)
            {
                StoredUser next = (await Store.ReadAsync(user.Id - 1, Token))!;
                await Store.DeleteAsync(next.Id, next.Version, Token);
                await Store.InsertAsync(NewUser(user.Id + 10_000), Token);
            }
        }

        Assert.Equal(seen.Distinct(), seen);
        Assert.Equal(Enumerable.Range(1, 5_000).Select(id => (long)id), seen.Where(id => id <= 5_000));
    }

    [Fact]
    public async Task Update_ByAHundredAtOneVersion_LetsOneWin()
    {
        StoredUser start = await Store.InsertAsync(NewUser(7), Token);

        StoredUser?[] winners = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(async () =>
        {
            try
            {
                return await Store.UpdateAsync(start with { Name = $"writer {i}" }, start.Version, Token);
            }
            catch (VersionConflictException)
            {
                return null;
            }
        })));

        StoredUser winner = Assert.Single(winners, user => user is not null)!;
        Assert.Equal(winner, await Store.ReadAsync(7, Token));
    }

    [Fact]
    public async Task Insert_ByAHundredOfOneId_LetsOneWinAndLeavesOthersAlone()
    {
        bool[] won = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(async () =>
        {
            try
            {
                await Store.InsertAsync(NewUser(i < 100 ? 7 : 1_000 + i, $"writer {i}"), Token);
                return true;
            }
            catch (VersionConflictException)
            {
                return false;
            }
        })));

        Assert.Equal(1, won.Take(100).Count(w => w));
        Assert.All(won.Skip(100), Assert.True);
        Assert.Equal(101, await Store.CountAsync(Token));
    }

    [Fact]
    public async Task Write_WithACancelledToken_WritesNothing()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.InsertAsync(NewUser(1), cancelled.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.InsertManyAsync([NewUser(1)], cancelled.Token));
        Assert.Equal(0, await Store.CountAsync(Token));
    }

    [Fact]
    public async Task Ping_OfAnOpenStore_Answers() => await Store.PingAsync(Token);
}
