using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Gristmill.Crash;

namespace Gristmill.EndToEnd.Tests.Cluster;

/// <summary>What docker-compose.yml describes, as processes with its commands, environments, secrets and health checks.</summary>
public sealed class ComposeTests
{
    private const int Askers = 8;

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Services_AsWritten_AreOneCluster_AndLoseNothing_WhenASiloAndAGatewayAreStopped_AndAGatewayIsKilled()
    {
        await using ComposedCluster cluster = await ComposedCluster.StartAsync();
        await cluster.Http.PostJsonAsync("/tasks?wait=20s", """{"kind":"math.add","input":{"operands":[1,2]}}""").ExpectAsync(HttpStatusCode.OK);
        JsonElement user = await cluster.Http.PostJsonAsync("/users", """{"name":"Ada","email":"ada@example.com"}""").ExpectAsync(HttpStatusCode.Created);
        JsonElement read = await cluster.Http.GetAsync($"/users/{user.GetProperty("id")}", Token).ExpectAsync(HttpStatusCode.OK);
        Assert.Equal("ada@example.com", read.GetProperty("email").GetString());
        JsonElement engine = await cluster.Http.GetAsync("/engine", Token).ExpectAsync(HttpStatusCode.OK);
        Assert.Equal(3, engine.GetProperty("silos").GetArrayLength());

        var asked = new Submissions(cluster.Http);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task load = Task.WhenAll(Enumerable.Range(0, Askers).Select(_ => asked.SubmitUntilAsync(over.Token)));
        await asked.MoreAsync(50);
        int[] exits = await Task.WhenAll(cluster.StopAsync("silo-2"), cluster.StopAsync("gateway-1"));
        Assert.All(exits, exit => Assert.Equal(0, exit));
        await asked.MoreAsync(50);
        Assert.Empty(asked.Failures);

        await cluster.StartAsync("gateway-1");
        await cluster.KillAsync("gateway-2");
        await asked.MoreAsync(50);
        await over.CancelAsync();
        await load.WaitAsync(s_patience, Token);
        await asked.CheckAsync();
        Assert.Equal(0, await cluster.StopAsync("load-balancer"));
    }

    /// <summary>Tasks that are sent with a key each, and again until they are accepted.</summary>
    private sealed class Submissions(HttpClient http)
    {
        private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

        private readonly ConcurrentDictionary<string, string> _ids = new();

        /// <summary>What was not accepted at once, and why.</summary>
        public ConcurrentQueue<string> Failures { get; } = new();

        public async Task SubmitUntilAsync(CancellationToken over)
        {
            while (!over.IsCancellationRequested)
            {
                string key = $"{Guid.NewGuid():N}";
                while (!await IsAcceptedAsync(key))
                    await Task.Delay(s_pause, Token);
            }
        }

        /// <summary>Returns when so many more were accepted.</summary>
        public async Task MoreAsync(int count)
        {
            int enough = _ids.Count + count;
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
            patience.CancelAfter(s_patience);
            while (_ids.Count < enough)
            {
                Assert.False(patience.IsCancellationRequested, $"{count} submissions were not accepted within {s_patience}: {string.Join('\n', Failures)}");
                await Task.Delay(s_pause, Token);
            }
        }

        /// <summary>Every accepted task is there, succeeds, and is the only one of its key.</summary>
        public async Task CheckAsync()
        {
            var client = new TaskClient(http);
            await Parallel.ForEachAsync(_ids.Values, new ParallelOptions { MaxDegreeOfParallelism = Askers, CancellationToken = Token }, async (id, token) =>
            {
                await http.GetAsync($"/tasks/{id}/result?wait=60s", token).ExpectAsync(HttpStatusCode.OK);
            });
            List<JsonElement> listed = await client.ListAsync("&tag=composed");
            Assert.Equal(_ids.Values.Order(StringComparer.Ordinal), listed.Select(task => task.GetProperty("id").GetString()!).Order(StringComparer.Ordinal));
        }

        private async Task<bool> IsAcceptedAsync(string key)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/tasks")
            {
                Content = HttpExtensions.Json("""{"kind":"math.add","input":{"operands":[1,2]},"tags":["composed"]}"""),
            };
            request.Headers.Add("Idempotency-Key", key);
            try
            {
                using HttpResponseMessage response = await http.SendAsync(request, Token);
                string body = await response.Content.ReadAsStringAsync(Token);
                if (response.IsSuccessStatusCode)
                    return _ids.TryAdd(key, JsonElement.Parse(body).GetProperty("id").GetString()!);
                Failures.Enqueue($"{(int)response.StatusCode}: {body}");
            }
            catch (HttpRequestException exception)
            {
                Failures.Enqueue(exception.ToString());
            }

            return false;
        }
    }
}
