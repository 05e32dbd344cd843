// The process that storage tests kill. Usage: Gristmill.Storage.Child DATA_DIRECTORY WRITERS SYNCHRONOUS LOG_PAGES
// It creates, updates and deletes users until it is killed, and prints a line for each write that was acknowledged:
// "+ ID VERSION" for a record that is there, "- ID" for one that is gone. A write that the store says it has not done prints "! CODE".
// One line is one write call to standard output.
using System.Globalization;
using System.Text;
using Gristmill.Storage;
using Gristmill.Storage.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

int writers = int.Parse(args[1], CultureInfo.InvariantCulture);
var options = new SqliteStorageOptions { DataDirectory = args[0], Synchronous = Enum.Parse<SqliteSynchronous>(args[2]) };
LogBounds bounds = LogBounds.Default with { Due = int.Parse(args[3], CultureInfo.InvariantCulture) };
await using SqliteDatabase database = SqliteDatabase.Open(options, NullLogger.Instance, terminator: null, metrics: null, bounds);
var store = new SqliteUserStore(database);
using Stream output = Console.OpenStandardOutput();
var gate = new Lock();

await Task.WhenAll(Enumerable.Range(0, writers).Select(_ => Task.Run(WriteForEverAsync)));

async Task WriteForEverAsync()
{
    while (true)
    {
        try
        {
            await WriteAsync(await store.ReserveIdsAsync(3));
        }
        catch (StorageUnavailableException e)
        {
            Acknowledge($"! {e.Code}");
        }
    }
}

async Task WriteAsync(long first)
{
    StoredUser kept = await store.InsertAsync(NewUser(first));
    Acknowledge($"+ {kept.Id} {kept.Version}");
    StoredUser updated = await store.UpdateAsync(kept with { Active = false }, kept.Version);
    Acknowledge($"+ {updated.Id} {updated.Version}");
    IReadOnlyList<StoredUser> pair = await store.InsertManyAsync([NewUser(first + 1), NewUser(first + 2)]);
    Acknowledge($"+ {pair[0].Id} {pair[0].Version}");
    await store.DeleteAsync(pair[1].Id, pair[1].Version);
    Acknowledge($"- {pair[1].Id}");
}

void Acknowledge(string line)
{
    lock (gate)
    {
        output.Write(Encoding.ASCII.GetBytes(line + "\n"));
        output.Flush();
    }
}

static StoredUser NewUser(long id) => new(id, $"user {id}", $"{id}@example.org", 1_700_000_000, Active: true);
