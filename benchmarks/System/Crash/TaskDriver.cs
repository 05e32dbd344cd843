using System.Collections.Concurrent;
using System.Text.Json;

namespace Gristmill.Crash;

/// <summary>
/// Submits, reads and cancels tasks over HTTP from several workers until the server is gone or it is told to stop, and writes a
/// <see cref="DriverLog"/>. What it does follows from the seed; when each thing happens does not.
/// </summary>
internal sealed class TaskDriver(HttpClient http, DriverLog log, int seed, int round)
{
    private const int Workers = 16;

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    private readonly TaskClient _client = new(http);
    private readonly TaskCompletionSource _underLoad = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _answers;
    private volatile bool _isOver;

    /// <summary>Bodies by name of what was sent with an Idempotency-Key, and may be sent again.</summary>
    public ConcurrentDictionary<string, string> Keyed { get; } = new();

    /// <summary>
    /// Runs until <paramref name="answers"/> requests are answered, calls <paramref name="strike"/> while others are under way, and returns when
    /// the server is gone, or <paramref name="strike"/> has returned and <paramref name="outlives"/> says that the server has survived it.
    /// </summary>
    public async Task RunAsync(int answers, Func<Task> strike, bool outlives = false)
    {
        _answers = answers;
        Task workers = Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(() => WorkAsync(worker))));
        await _underLoad.Task.WaitAsync(s_patience);
        await strike();
        _isOver = outlives;
        await workers.WaitAsync(s_patience);
    }

    private async Task WorkAsync(int worker)
    {
        var random = new Random(HashCode.Combine(seed, round, worker));
        var mine = new List<string>();
        try
        {
            for (int step = 0; !_isOver; step++)
            {
                await StepAsync(random, $"r{round}w{worker}s{step}", mine);
                if (Interlocked.Decrement(ref _answers) == 0)
                    _underLoad.TrySetResult();
            }
        }
        catch (Exception e) when (e is HttpRequestException { StatusCode: null } or IOException or OperationCanceledException)
        {
            // The server is gone: what was asked last has an unknown outcome.
            _underLoad.TrySetResult();
        }
        catch (Exception e)
        {
            log.Fault(e.ToString());
            _underLoad.TrySetResult();
        }
    }

    private Task StepAsync(Random random, string name, List<string> mine) => random.Next(20) switch
    {
        < 12 => SubmitAsync(random, name, mine),
        < 14 => SubmitBatchAsync(random, name, mine),
        < 16 => SubmitAsync(random, name, mine, "/tasks?wait=2s"),
        < 19 when mine.Count > 0 => LookAsync(mine[random.Next(mine.Count)]),
        19 when mine.Count > 0 => _client.PostAsync($"/tasks/{mine[random.Next(mine.Count)]}/cancel", "{}"),
        _ => SubmitAsync(random, name, mine),
    };

    private async Task SubmitAsync(Random random, string name, List<string> mine, string path = "/tasks")
    {
        (string body, int failures) = Choose(random, name);
        string? key = random.Next(2) == 0 ? name : null;
        if (key is not null)
            Keyed[name] = body;
        log.Submitting(name, failures);
        (Outcome outcome, JsonElement task) = await _client.PostAsync(path, body, key);
        Take(name, outcome, task, mine);
        if (outcome == Outcome.Acknowledged && TaskClient.EndingOf(task) is { } ending && path != "/tasks")
            log.Ended(task.GetProperty("id").GetString()!, ending);
    }

    private async Task SubmitBatchAsync(Random random, string name, List<string> mine)
    {
        string[] names = [.. Enumerable.Range(0, random.Next(2, 40)).Select(i => $"{name}i{i}")];
        var bodies = new List<string>();
        foreach (string each in names)
        {
            (string body, int failures) = Choose(random, each);
            bodies.Add(body);
            log.Submitting(each, failures);
        }

        (Outcome outcome, JsonElement answers) = await _client.PostAsync("/tasks/batch", $"[{string.Join(',', bodies)}]", random.Next(2) == 0 ? name : null);
        for (int i = 0; i < names.Length; i++)
        {
            bool isRefused = outcome == Outcome.Acknowledged && answers[i].TryGetProperty("error", out _);
            Take(names[i], isRefused ? Outcome.Unknown : outcome, outcome == Outcome.Acknowledged ? answers[i] : default, mine);
        }
    }

    private async Task LookAsync(string id)
    {
        JsonElement? task = await _client.GetAsync(id);
        if (task is null)
            log.Fault($"Lost: {id} was acknowledged, and reading it answers 404.");
        else if (TaskClient.EndingOf(task.Value) is { } ending)
            log.Ended(id, ending);
    }

    private void Take(string name, Outcome outcome, JsonElement answer, List<string> mine)
    {
        string? id = outcome == Outcome.Acknowledged ? answer.GetProperty("id").GetString() : null;
        log.Answered(name, outcome, id);
        if (id is not null)
            mine.Add(id);
    }

    private static (string Body, int Failures) Choose(Random random, string name)
    {
        switch (random.Next(20))
        {
            case 0:
                // Of the kind that mostly succeeds: one that mostly fails is kept waiting by its circuit breaker.
                return (TaskClient.Task("crash.append", name, """{"failures":1}"""), 1);
            case < 3:
                return (TaskClient.Task("crash.slow", name, $$"""{"milliseconds":{{random.Next(5, 60)}}}"""), 0);
            case 3:
                return (TaskClient.Task("crash.append", name, $$"""{"padding":"{{new string('x', random.Next(600, 3_000))}}"}"""), 0);
            default:
                return (TaskClient.Task("crash.append", name, more: $",\"priority\":{random.Next(10)}"), 0);
        }
    }
}
