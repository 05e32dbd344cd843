using System.Diagnostics;
using System.Globalization;
using Gristmill.Crash;
using Gristmill.Storage.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gristmill.Storage.Tests;

/// <summary>The program of <c>tests/Storage.Child</c>, which lies beside the tests.</summary>
internal static class ChildProcess
{
    // After so many pages the log is moved to the main file: few, so that a short test sees it often.
    public static Process Start(string dataDirectory, int writers, Preloaded? disk = null, string synchronous = "Full", int logPages = 100)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList =
            {
                "exec", Path.Combine(AppContext.BaseDirectory, "Gristmill.Storage.Child.dll"),
                dataDirectory, writers.ToString(CultureInfo.InvariantCulture), synchronous,
                logPages.ToString(CultureInfo.InvariantCulture),
            },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        disk?.PutUnder(start);
        return Process.Start(start)!;
    }
}

/// <summary>What a child said it had stored, to compare with what is there after its end.</summary>
internal sealed class Acknowledgements
{
    private readonly Dictionary<long, long> _versions = [];
    private readonly HashSet<long> _deleted = [];

    public void Add(string line)
    {
        string[] words = line.Split(' ');
        if (words[0] == "+")
            _versions[long.Parse(words[1], CultureInfo.InvariantCulture)] = long.Parse(words[2], CultureInfo.InvariantCulture);
        else if (words[0] == "-")
            _deleted.Add(long.Parse(words[1], CultureInfo.InvariantCulture));
    }

    public async Task CheckAsync(string dataDirectory)
    {
        await using SqliteDatabase database = SqliteDatabase.Open(
            new SqliteStorageOptions { DataDirectory = dataDirectory }, NullLogger.Instance);
        var stored = new Dictionary<long, StoredUser>();
        var store = new SqliteUserStore(database);
        await foreach (StoredUser user in store.EnumerateAsync(0, 1, TestContext.Current.CancellationToken))
            stored.Add(user.Id, user);

        // A write that was not acknowledged may be there or not; a record never goes back behind its acknowledged version.
        Assert.NotEmpty(_versions);
        Assert.All(_versions, entry => Assert.True(
            stored.TryGetValue(entry.Key, out StoredUser? user) && user.Version >= entry.Value,
            $"user {entry.Key} was acknowledged at version {entry.Value}"));
        Assert.All(_deleted, id => Assert.False(stored.ContainsKey(id), $"the deletion of user {id} was acknowledged"));
        Assert.True(await store.ReserveIdsAsync(1, TestContext.Current.CancellationToken) > stored.Keys.Max());
    }
}
