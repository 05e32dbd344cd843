using System.Text;
using Gristmill.Grains.Users;

namespace Gristmill.Grains.Tests.Users.Directory;

/// <summary>Alone in its process: one of them measures its memory.</summary>
[Collection(nameof(UserIndexTests))]
[CollectionDefinition(nameof(UserIndexTests), DisableParallelization = true)]
public sealed class UserIndexTests
{
    private const int BytesPerUserBesideItsText = 200;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Changes_OfAnyKindInAnyOrder_GiveWhatASortedDictionaryGives(int seed)
    {
        var random = new Random(seed);
        var index = new UserIndex(TimeProvider.System);
        var model = new SortedDictionary<long, User>();
        var deleted = new Dictionary<long, long>();
        var kept = new List<(UserIndexSnapshot Snapshot, User[] Users)>();
        long version = 0;
        for (int step = 0; step < 30_000; step++)
        {
            long id = random.Next(10) == 0 ? step + 5_000 : random.Next(1, 4_000);
            // Some changes come late, with a version of before.
            long at = random.Next(5) == 0 ? Math.Max(1, version - random.Next(2_000)) : ++version;
            if (random.Next(100) < (step / 10_000 == 1 ? 70 : 30))
            {
                index.Remove(id, at);
                deleted[id] = Math.Max(at, deleted.GetValueOrDefault(id));
                if (model.TryGetValue(id, out User? listed) && listed.Version <= at)
                    model.Remove(id);
            }
            else
            {
                var user = new User(id, $"Näme {random.Next(50)} {new string('x', random.Next(30))}", $"{random.Next()}@example.com", step, step % 2 == 0, at);
                index.Upsert(user);
                if (at > deleted.GetValueOrDefault(id) && at > (model.GetValueOrDefault(id)?.Version ?? 0))
                    model[id] = user;
            }

            if (step % 3_000 == 0)
                kept.Add((index.Snapshot(), [.. model.Values]));
        }

        Assert.Equal(model.Count, index.Count);
        kept.Add((index.Snapshot(), [.. model.Values]));
        foreach ((UserIndexSnapshot snapshot, User[] users) in kept)
        {
            // A snapshot shows what was, whatever came after it.
            Assert.Equal(users, Pages(snapshot, 97, ""));
            Assert.Equal(users.Select(user => (user.Id, user.Version)), snapshot.Versions());
            Assert.Equal(users.Where(user => user.Name.Contains("e 7", StringComparison.OrdinalIgnoreCase)), Pages(snapshot, 5, "E 7"));
        }
    }

    [Fact]
    public void FullBlock_WhoseHighestIdDidNotComeLast_HidesNobody()
    {
        var index = new UserIndex(TimeProvider.System);
        foreach (long id in (long[])[.. Enumerable.Range(1, 510), 520, 515, 517])
            index.Upsert(Plain(id, 1));

        Assert.Equal(1, index.VersionOf(520));
        index.Upsert(Plain(520, 2));
        Assert.Equal(513, index.Count);
        index.Remove(520, 3);
        Assert.Equal([.. Enumerable.Range(1, 510), 515, 517], index.Snapshot().Versions().Select(user => user.Id));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Ids_ThatRiseNearly_AreListedInOrderOnceEach(int seed)
    {
        var random = new Random(seed);
        long[] ids = [.. Enumerable.Range(1, 20_000).OrderBy(id => id + random.Next(128)).Select(id => (long)id)];
        var index = new UserIndex(TimeProvider.System);
        foreach (long id in ids)
            index.Upsert(Plain(id, 1));
        foreach (long id in ids.Where(id => id % 7 == 0))
            index.Upsert(Plain(id, 2));

        Assert.Equal(ids.Length, index.Count);
        Assert.Equal(
            ids.Order().Select(id => (id, id % 7 == 0 ? 2L : 1L)),
            index.Snapshot().Versions().Select(user => (user.Id, user.Version)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Blocks_AfterManyUsersCameAndWent_AreAsManyAsTheLiveOnesNeed(bool newestFirst)
    {
        var index = new UserIndex(TimeProvider.System);
        for (long id = 1; id <= 50_000; id++)
            index.Upsert(Plain(id, 1));
        IEnumerable<long> leaving = Enumerable.Range(1, 49_000).Select(i => newestFirst ? 50_001L - i : i);
        foreach (long id in leaving)
            index.Remove(id, 2);

        Assert.Equal(1_000, index.Count);
        Assert.Equal(1_000, index.Snapshot().Versions().Count());
        Assert.InRange(index.Snapshot().Blocks.Length, 1, 10);
    }

    [Fact]
    public void Remove_ThatArrivesBeforeTheUpsert_KeepsTheUserAway()
    {
        var index = new UserIndex(TimeProvider.System);
        index.Remove(7, version: 3);

        index.Upsert(new User(7, "late", "l@example.com", 0, true, 3));
        Assert.Null(index.VersionOf(7));

        index.Upsert(new User(7, "created again", "l@example.com", 0, true, 4));
        Assert.Equal(4, index.VersionOf(7));
    }

    [Theory]
    [InlineData("a", "b@c", "ab")] // Not from the name into the e-mail, …
    [InlineData("a", "b@c", "cx")] // … nor from a user into the next.
    [InlineData("a", "b@c", "a\0b")]
    public void Search_ForTextAcrossFields_FindsNothing(string name, string email, string text)
    {
        var index = new UserIndex(TimeProvider.System);
        index.Upsert(new User(1, name, email, 0, true, 1));
        index.Upsert(new User(2, "x", "y@z", 0, true, 1));

        Assert.Empty(Pages(index.Snapshot(), 10, text.Replace("\0", "\u0001", StringComparison.Ordinal)));
    }

    [Fact]
    public void Snapshots_WhileAWriterWrites_AreWholeAndNeverMissAUserThatIsAlwaysThere()
    {
        var index = new UserIndex(TimeProvider.System);
        for (long id = 1; id <= 3_000; id++)
            index.Upsert(new User(id, "always", $"{id}@example.com", 0, true, 1));

        UserIndexSnapshot latest = index.Snapshot();
        object gate = new();
        bool stopped = false;
        Exception? failure = null;
        var reader = new Thread(() =>
        {
            try
            {
                while (!Volatile.Read(ref stopped))
                {
                    UserIndexSnapshot snapshot;
                    lock (gate)
                        snapshot = latest;
                    Assert.Equal(3_000, snapshot.Page(0, int.MaxValue, "always"u8, CancellationToken.None).Users.Length);
                }
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        reader.Start();
        var random = new Random(5);
        for (int version = 2; version < 60_000; version++)
        {
            long id = random.Next(1, 3_001);
            index.Upsert(new User(id, "always", $"{id}-{version}@example.com", 0, true, version));
            lock (gate)
                latest = index.Snapshot();
        }

        Volatile.Write(ref stopped, true);
        reader.Join();
        Assert.Null(failure);
    }

    [Fact]
    public void Memory_PerUser_IsBelowTheBound()
    {
        const int Users = 200_000;
        long textBytes = 0;
        long before = GC.GetTotalMemory(forceFullCollection: true);
        var index = new UserIndex(TimeProvider.System);
        for (long id = 1; id <= Users; id++)
        {
            string name = $"Given{id % 1000} Family{id}", email = $"given{id % 1000}.family{id}@example.com";
            textBytes += Encoding.UTF8.GetByteCount(name) + Encoding.UTF8.GetByteCount(email);
            index.Upsert(new User(id, name, email, 1_700_000_000, true, 1));
        }

        long perUser = (GC.GetTotalMemory(forceFullCollection: true) - before - textBytes) / Users;
        TestContext.Current.TestOutputHelper?.WriteLine($"{perUser} bytes per user beside {textBytes / Users} bytes of name and e-mail.");
        Assert.Equal(Users, index.Count);
        Assert.InRange(perUser, 1, BytesPerUserBesideItsText);
    }

    private static User Plain(long id, long version) => new(id, "A", "a@b", 1, true, version);

    private static List<User> Pages(UserIndexSnapshot snapshot, int limit, string text)
    {
        byte[] needle = new byte[CaseFolding.MaxBytes(text)];
        Array.Resize(ref needle, CaseFolding.Fold(text, needle));
        var users = new List<User>();
        UserPage page;
        do
        {
            page = snapshot.Page(users.Count == 0 ? 0 : users[^1].Id, limit, needle, CancellationToken.None);
            users.AddRange(page.Users);
        }
        while (!page.IsLast);
        return users;
    }
}
