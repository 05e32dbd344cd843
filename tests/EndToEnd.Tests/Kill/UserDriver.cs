using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Gristmill.EndToEnd.Tests.Kill;

/// <summary>Creates, changes and deletes users over HTTP from several workers until the server is gone, and writes a <see cref="UserLog"/>.</summary>
internal sealed class UserDriver(HttpClient http, UserLog log, int round, int seed)
{
    private const int Workers = 16;

    private int _answers;
    private readonly TaskCompletionSource _underLoad = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Runs until <paramref name="answers"/> writes are acknowledged, calls <paramref name="kill"/> while others are under way, and returns when all have failed.</summary>
    public async Task RunAsync(int answers, Func<Task> kill)
    {
        _answers = answers;
        Task[] workers = [.. Enumerable.Range(0, Workers).Select(worker => Task.Run(() => WorkAsync(worker)))];
        await _underLoad.Task.WaitAsync(TimeSpan.FromSeconds(60));
        await kill();
        await Task.WhenAll(workers).WaitAsync(TimeSpan.FromSeconds(60));
    }

    private async Task WorkAsync(int worker)
    {
        var random = new Random(HashCode.Combine(seed, round, worker));
        var mine = new List<long>();
        try
        {
            for (int step = 0; ; step++)
            {
                log.Attempt();
                await StepAsync(random, $"r{round}w{worker}s{step}", mine);
                log.Acknowledge();
                if (Interlocked.Decrement(ref _answers) == 0)
                    _underLoad.SetResult();
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException)
        {
            // The server is gone: what was asked last has an unknown outcome.
        }
        catch (Exception e)
        {
            log.Fault(e.Message);
            _underLoad.TrySetResult();
        }
    }

    private async Task StepAsync(Random random, string mark, List<long> mine)
    {
        int choice = random.Next(10);
        if (choice < 5 || mine.Count < 3)
        {
            log.MaybeCreated(mark, 1);
            JsonElement created = await SendAsync(HttpMethod.Post, "/users", User($"{mark}/0"), HttpStatusCode.Created);
            Created(created.GetProperty("id").GetInt64(), $"{mark}/0");
        }
        else if (choice == 5)
        {
            int count = random.Next(2, 60);
            log.MaybeCreated(mark, count);
            string body = $"[{string.Join(',', Enumerable.Range(0, count).Select(i => User($"{mark}/{i}")))}]";
            JsonElement created = await SendAsync(HttpMethod.Post, "/users/batch", body, HttpStatusCode.Created);
            for (int i = 0; i < count; i++)
                Created(created.GetProperty("ids")[i].GetInt64(), $"{mark}/{i}");
        }
        else if (choice < 8)
        {
            long id = mine[random.Next(mine.Count)];
            log.Changing(id, mark);
            await SendAsync(HttpMethod.Put, Path(id), User(mark), HttpStatusCode.OK);
            log.Changed(id);
        }
        else
        {
            int at = random.Next(mine.Count);
            log.Changing(mine[at], null);
            await SendAsync(HttpMethod.Delete, Path(mine[at]), null, HttpStatusCode.NoContent);
            log.Changed(mine[at]);
            mine.RemoveAt(at);
        }

        void Created(long id, string name)
        {
            log.Created(id, name);
            mine.Add(id);
        }
    }

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, string? body, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : HttpExtensions.Json(body) };
        using HttpResponseMessage response = await http.SendAsync(request);
        string answer = await response.Content.ReadAsStringAsync();
        if (response.StatusCode != expected)
            throw new InvalidOperationException($"{method} {path}: {(int)response.StatusCode} {answer}");
        return answer.Length == 0 ? default : JsonElement.Parse(answer);
    }

    private static string User(string name) => $$"""{"name":"{{name}}","email":"kill@example.com"}""";

    private static string Path(long id) => string.Create(CultureInfo.InvariantCulture, $"/users/{id}");
}
