using System.Net;
using System.Text.Json;

namespace Gristmill.EndToEnd.Tests;

public sealed class ConcurrentUsersTests
{
    private const int Clients = 24;
    private const int UsersPerClient = 100;

    [Fact]
    public async Task Users_CreatedChangedAndDeletedByMany_AreListedCountedAndFoundAsTheyAre()
    {
        using var data = new DataFolder();
        // One partition: the more users share one, the more of them arrive there out of order.
        await using SiloProcess silo = await SiloProcess.StartAsync(data.Path, "--Users:DirectoryPartitions=1", "--Storage:Synchronous=Normal");

        long[][] created = await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => CreateAsync(silo, client)));
        long[] all = [.. created.SelectMany(ids => ids).Order()];
        Assert.Equal(all, await ListAsync(silo));

        long[] deleted = [.. all.Where((_, i) => i % 5 == 0)];
        await Parallel.ForEachAsync(all, TestContext.Current.CancellationToken, async (id, _) =>
        {
            if (Array.BinarySearch(deleted, id) >= 0)
                await silo.Http.DeleteAsync($"/users/{id}", TestContext.Current.CancellationToken).ExpectAsync(HttpStatusCode.NoContent);
            else
                await silo.Http.PutJsonAsync($"/users/{id}", """{"name":"Changed","email":"c@example.com"}""").ExpectAsync(HttpStatusCode.OK);
        });

        long[] kept = [.. all.Except(deleted)];
        Assert.Equal(kept, await ListAsync(silo));
        Assert.Equal(kept, await ListAsync(silo, "/search?q=changed&"));
        Assert.Empty(await ListAsync(silo, "/search?q=fresh&"));
        JsonElement count = await silo.Http.GetAsync("/users/count", TestContext.Current.CancellationToken).ExpectAsync(HttpStatusCode.OK);
        Assert.Equal(kept.Length, count.GetProperty("count").GetInt32());
    }

    private static async Task<long[]> CreateAsync(SiloProcess silo, int client)
    {
        var ids = new long[UsersPerClient];
        for (int i = 0; i < ids.Length; i++)
        {
            JsonElement user = await silo.Http.PostJsonAsync("/users", $$"""{"name":"Fresh {{client}}","email":"f@example.com"}""").ExpectAsync(HttpStatusCode.Created);
            ids[i] = user.GetProperty("id").GetInt64();
        }

        return ids;
    }

    /// <summary>Walks all pages and returns the ids in the order in which they came.</summary>
    private static async Task<List<long>> ListAsync(SiloProcess silo, string search = "?")
    {
        var ids = new List<long>();
        string? next = $"/users{search}limit=1000";
        while (next is not null)
        {
            using HttpResponseMessage page = await silo.Http.GetAsync(next, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
            ids.AddRange((await page.BodyAsync()).EnumerateArray().Select(user => user.GetProperty("id").GetInt64()));
            next = page.Headers.TryGetValues("Link", out IEnumerable<string>? links) ? links.Single().Split('<', '>')[1] : null;
        }

        return ids;
    }
}
