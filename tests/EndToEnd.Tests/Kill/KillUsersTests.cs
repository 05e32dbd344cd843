using System.Net;
using System.Text.Json;

namespace Gristmill.EndToEnd.Tests.Kill;

public sealed class KillUsersTests
{
    private const int Kills = 10;

    [Fact]
    public async Task Users_KilledTenTimesUnderLoad_AreWhatWasAcknowledged()
    {
        int seed = Random.Shared.Next();
        using var data = new DataFolder();
        var log = new UserLog();
        for (int round = 0; round <= Kills; round++)
        {
            await using SiloProcess silo = await SiloProcess.StartAsync(data.Path);
            Dictionary<long, string> listed = await ListAsync(silo.Http);
            log.Settle(listed);
            await CheckAgreementAsync(silo.Http, log, listed);
            Assert.True(log.Faults.Count == 0, $"seed {seed}, after kill {round}: {log.Summary}\n{string.Join('\n', log.Faults.Take(20))}");
            if (round < Kills)
                await new UserDriver(silo.Http, log, round, seed).RunAsync(answers: 150 + (round * 40), silo.KillAsync);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}: {log.Summary}");
    }

    private static async Task<Dictionary<long, string>> ListAsync(HttpClient http)
    {
        var users = new Dictionary<long, string>();
        for (string? next = "/users?limit=1000"; next is not null;)
        {
            using HttpResponseMessage response = await http.GetAsync(new Uri(next, UriKind.Relative), TestContext.Current.CancellationToken);
            foreach (JsonElement user in (await response.BodyAsync()).EnumerateArray())
                users.Add(user.GetProperty("id").GetInt64(), user.GetProperty("name").GetString()!);
            next = response.Headers.TryGetValues("Link", out IEnumerable<string>? links) ? links.Single().Split('>')[0][1..] : null;
        }

        return users;
    }

    /// <summary>Records, count and search say what the list says.</summary>
    private static async Task CheckAgreementAsync(HttpClient http, UserLog log, Dictionary<long, string> listed)
    {
        JsonElement count = await http.GetAsync("/users/count", TestContext.Current.CancellationToken).ExpectAsync(HttpStatusCode.OK);
        if (count.GetProperty("count").GetInt64() != listed.Count)
            log.Fault($"The count is {count}, and {listed.Count} are listed.");

        await Parallel.ForEachAsync(log.Users, TestContext.Current.CancellationToken, async (user, cancellationToken) =>
        {
            using HttpResponseMessage read = await http.GetAsync($"/users/{user.Key}", cancellationToken);
            string? name = read.StatusCode == HttpStatusCode.OK ? (await read.BodyAsync()).GetProperty("name").GetString() : null;
            if (name != listed.GetValueOrDefault(user.Key))
                log.Fault($"User {user.Key} reads {name ?? "none"}, and is listed as {listed.GetValueOrDefault(user.Key) ?? "none"}.");
        });

        foreach ((long id, string name) in listed.Take(20))
        {
            JsonElement found = await http.GetAsync($"/users/search?q={Uri.EscapeDataString(name.ToUpperInvariant())}&limit=1000", TestContext.Current.CancellationToken)
                .ExpectAsync(HttpStatusCode.OK);
            if (!found.EnumerateArray().Any(user => user.GetProperty("id").GetInt64() == id))
                log.Fault($"A search for {name} does not find user {id}.");
        }
    }
}
