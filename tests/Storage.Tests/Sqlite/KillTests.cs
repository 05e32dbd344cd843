using System.Diagnostics;
using System.Globalization;
using Gristmill.Storage.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gristmill.Storage.Tests.Sqlite;

/// <summary>A process that writes is killed without warning, again and again, on one data directory.</summary>
public sealed class KillTests
{
    private const int Writers = 16;

    [Fact]
    public async Task Kill_DuringWrites_KeepsEveryAcknowledgedOne()
    {
        using var folder = new TempFolder();
        var versions = new Dictionary<long, long>();
        var deleted = new HashSet<long>();

        for (int round = 1; round <= 3; round++)
        {
            foreach (string[] line in await RunAndKillAsync(folder.Path, acknowledgements: 400 * round))
            {
                long id = long.Parse(line[1], CultureInfo.InvariantCulture);
                if (line[0] == "-")
                    deleted.Add(id);
                else
                    versions[id] = long.Parse(line[2], CultureInfo.InvariantCulture);
            }

            await CheckAsync(folder.Path, versions, deleted);
        }
    }

    private static async Task CheckAsync(string directory, Dictionary<long, long> versions, HashSet<long> deleted)
    {
        await using SqliteDatabase database = SqliteDatabase.Open(
            new SqliteStorageOptions { DataDirectory = directory }, NullLogger.Instance);
        var stored = new Dictionary<long, StoredUser>();
        var store = new SqliteUserStore(database);
        await foreach (StoredUser user in store.EnumerateAsync(0, 1, TestContext.Current.CancellationToken))
            stored.Add(user.Id, user);

        // A write that the kill left unacknowledged may be there or not; a record never goes back behind its acknowledged version.
        Assert.All(versions, entry => Assert.True(stored.TryGetValue(entry.Key, out StoredUser? user) && user.Version >= entry.Value,
            $"user {entry.Key} was acknowledged at version {entry.Value}"));
        Assert.All(deleted, id => Assert.DoesNotContain(id, stored.Keys));
        Assert.True(await store.ReserveIdsAsync(1, TestContext.Current.CancellationToken) > stored.Keys.Max());
    }

    private static async Task<List<string[]>> RunAndKillAsync(string directory, int acknowledgements)
    {
        using Process process = ChildProcess.Start(directory, Writers.ToString(CultureInfo.InvariantCulture));
        var lines = new List<string[]>();
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            lines.Add(line.Split(' '));
            if (lines.Count == acknowledgements)
                process.Kill();
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(lines.Count >= acknowledgements, $"the child ended by itself after {lines.Count} acknowledgements");
        return lines;
    }
}
