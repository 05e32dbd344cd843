using System.Text;
using Gristmill.Storage.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gristmill.Storage.Tests.Sqlite;

/// <summary>What is refused at start, and that a refusal changes nothing.</summary>
public sealed class DatabaseCheckTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Main => _folder["gristmill.db"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, byte[]> NoDatabases => new()
    {
        { "empty", [] },
        { "text", Encoding.UTF8.GetBytes("this is a text, and rather longer than a header\n") },
        { "magic only", Encoding.UTF8.GetBytes("SQLite format 3\0") },
        { "magic and rubbish", [.. Encoding.UTF8.GetBytes("SQLite format 3\0"), .. Enumerable.Repeat((byte)0xA5, 8_176)] },
    };

    [Theory]
    [MemberData(nameof(NoDatabases), DisableDiscoveryEnumeration = true)]
    public void Open_OfWhatIsNoDatabase_IsRefused(string what, byte[] content)
    {
        File.WriteAllBytes(Main, content);

        DatabaseCorruptException refused = RefusedUnchanged<DatabaseCorruptException>();

        Assert.True(refused.File == Main, what);
        Assert.Contains(Main, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public async Task Open_OfADatabaseWithADamagedPage_IsRefused()
    {
        await FillAsync();
        byte[] bytes = await File.ReadAllBytesAsync(Main, Token);
        Array.Fill(bytes, (byte)0x5A, bytes.Length / 2, 4_096);
        await File.WriteAllBytesAsync(Main, bytes, Token);

        RefusedUnchanged<DatabaseCorruptException>();
    }

    [Fact]
    public async Task Open_OfACutDatabase_IsRefused()
    {
        await FillAsync();
        using (FileStream file = File.OpenWrite(Main))
            file.SetLength(file.Length / 2);

        RefusedUnchanged<DatabaseCorruptException>();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Open_OfADamagedDatabaseWithALog_IsRefused(bool withIndex)
    {
        await CrashedAsync(withIndex);
        byte[] bytes = await File.ReadAllBytesAsync(Main, Token);
        Array.Fill(bytes, (byte)0x5A, 8 * 4_096, 4_096);
        await File.WriteAllBytesAsync(Main, bytes, Token);

        RefusedUnchanged<DatabaseCorruptException>();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Open_AfterACrash_ReadsTheLog(bool withIndex)
    {
        long users = await CrashedAsync(withIndex);

        await using SqliteDatabase database = Open();

        Assert.Equal(users, await new SqliteUserStore(database).CountAsync(Token));
    }

    [Theory]
    [InlineData("header only")]
    [InlineData("zeros")]
    [InlineData("rubbish")]
    public async Task Open_WithALogThatSaysNothing_ReadsTheMainFile(string what)
    {
        await CrashedAsync(withIndex: true);
        byte[] log = await File.ReadAllBytesAsync(Main + "-wal", Token);
        await File.WriteAllBytesAsync(
            Main + "-wal",
            what switch
            {
                "header only" => log[..32],
                "zeros" => new byte[log.Length],
                _ => [.. Enumerable.Repeat((byte)0xA5, log.Length)],
            },
            Token);

        await using SqliteDatabase database = Open();

        Assert.Equal(2_000, await new SqliteUserStore(database).CountAsync(Token));
    }

    [Fact]
    public async Task Check_OfASoundDatabaseWithALog_LeavesAllFilesAsTheyAre()
    {
        await CrashedAsync(withIndex: true);
        Dictionary<string, byte[]> before = Files();

        DatabaseCheck.Run(Main);

        AssertSame(before, Files());
    }

    [Fact]
    public async Task Open_OfANewerSchema_SaysBothNumbers()
    {
        await FillAsync();
        Run("PRAGMA user_version = 99");

        DatabaseTooNewException refused = RefusedUnchanged<DatabaseTooNewException>();

        Assert.Equal((99, Migrations.Latest), (refused.Found, refused.Supported));
    }

    [Fact]
    public async Task Open_OfAnOlderSchema_BringsItUpToDateAndKeepsTheRecords()
    {
        using (Connection connection = Connection.OpenReadWrite(Main, create: true))
        {
            Migrations.Apply(connection, target: 1);
            connection.Run("INSERT INTO user VALUES (7, 'Ada', 'ada@example.org', 0, 1, 3)");
        }

        await using SqliteDatabase database = Open();

        Assert.Equal(NewUser(7) with { Version = 3 }, await new SqliteUserStore(database).ReadAsync(7, Token));
        Assert.Equal(Migrations.Latest, await database.Writer.WriteAsync(0, static (c, _) => c.ReadInt64("PRAGMA user_version"), Token));
    }

    [Fact]
    public void Open_OfAnotherProgramsDatabase_IsRefused()
    {
        Run("CREATE TABLE theirs (x)");

        Assert.Contains("another program", RefusedUnchanged<DatabaseException>().Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_OfALogWithoutItsDatabase_IsRefused()
    {
        await CrashedAsync(withIndex: true);
        File.Delete(Main);

        RefusedUnchanged<DatabaseException>();
        Assert.False(File.Exists(Main));
    }

    [Fact]
    public async Task Open_AfterAnInterruptedFirstStart_StartsAnew()
    {
        await File.WriteAllTextAsync(Main + ".new", "half a database", Token);

        await using SqliteDatabase database = Open();

        Assert.Equal(0, await new SqliteUserStore(database).CountAsync(Token));
        Assert.False(File.Exists(Main + ".new"));
    }

    [Fact]
    public async Task Open_OfADirectoryInUse_IsRefusedAndLeavesTheHolderAlone()
    {
        await using SqliteDatabase holder = Open();

        Assert.Throws<DataDirectoryInUseException>(() => Open());
        await new SqliteUserStore(holder).InsertAsync(NewUser(1), Token);
    }

    private SqliteDatabase Open() => SqliteDatabase.Open(new SqliteStorageOptions { DataDirectory = _folder.Path }, NullLogger.Instance);

    private T RefusedUnchanged<T>()
        where T : StartupException
    {
        Dictionary<string, byte[]> before = Files();
        T refused = Assert.Throws<T>(() => Open());
        AssertSame(before, Files());
        DataDirectory.Acquire(_folder.Path).Dispose();
        return refused;
    }

    private Dictionary<string, byte[]> Files() => Directory.GetFiles(_folder.Path, "gristmill.db*").ToDictionary(f => f, File.ReadAllBytes);

    private static void AssertSame(Dictionary<string, byte[]> before, Dictionary<string, byte[]> after)
    {
        Assert.Equal(before.Keys.Order(), after.Keys.Order());
        Assert.All(before, file => Assert.True(file.Value.AsSpan().SequenceEqual(after[file.Key]), $"{file.Key} was changed"));
    }

    private void Run(string sql)
    {
        using Connection connection = Connection.OpenReadWrite(Main, create: true);
        connection.Run(sql);
    }

    private async Task FillAsync()
    {
        await using SqliteDatabase database = Open();
        await new SqliteUserStore(database).InsertManyAsync([.. Enumerable.Range(1, 2_000).Select(id => NewUser(id))], Token);
    }

    /// <summary>Leaves the files as a killed process does: with a log.</summary>
    private async Task<long> CrashedAsync(bool withIndex)
    {
        await FillAsync();
        long users;
        using (var copies = new TempFolder())
        {
            await using (SqliteDatabase database = Open())
            {
                var store = new SqliteUserStore(database);
                await store.InsertManyAsync([.. Enumerable.Range(5_000, 500).Select(id => NewUser(id))], Token);
                users = await store.CountAsync(Token);
                foreach (string file in Directory.GetFiles(_folder.Path, "gristmill.db*"))
                    File.Copy(file, copies[Path.GetFileName(file)]);
            }

            foreach (string file in Directory.GetFiles(copies.Path))
                File.Copy(file, _folder[Path.GetFileName(file)], overwrite: true);
        }

        Assert.True(new FileInfo(Main + "-wal").Length > 0);
        if (!withIndex)
            File.Delete(Main + "-shm");
        return users;
    }

    private static StoredUser NewUser(long id) => new(id, "Ada", "ada@example.org", 0, Active: true);
}
