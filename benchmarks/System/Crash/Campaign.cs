using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Gristmill.Crash;

/// <summary>
/// A data directory, the silos that run on it one after the other, and what is known about their tasks from outside. One campaign is one
/// seed and one verdict.
/// </summary>
internal sealed class Campaign : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    // However slow the machine is: in this time some task ends, or none does any more.
    private static readonly TimeSpan s_standstill = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);

    // Orchestrators wait a second; a machine that has other work too may need more.
    private static readonly TimeSpan s_longestProbe = TimeSpan.FromSeconds(30);

    private readonly string _folder;
    private readonly Dictionary<string, string> _repeatable = [];
    private readonly List<(int Process, long StartedAt, TimeSpan Ready)> _starts = [];
    private int _rounds;
    private int _probes;
    private SiloProcess? _silo;
    private string _endedTooSoon = "";

    public Campaign(int seed)
    {
        Seed = seed;
        Random = new Random(seed);
        _folder = Directory.CreateTempSubdirectory("gristmill-crash-").FullName;
        Log = new DriverLog(Path.Combine(_folder, "driver.log"));
    }

    public int Seed { get; }

    /// <summary>Settings of every silo of the campaign.</summary>
    public string[] Settings { get; init; } = [];

    /// <summary>Puts something between silos that are started from now on and what they stand on; null for nothing.</summary>
    public Action<ProcessStartInfo>? Under { get; set; }

    public Random Random { get; }

    /// <summary>For what belongs to the campaign and must not lie in the data directory.</summary>
    public string Folder => _folder;

    public string Data => Path.Combine(_folder, "data");

    public DriverLog Log { get; }

    public IReadOnlyList<Execution> Executions => Ledger.Read(LedgerPath);

    private string LedgerPath => Path.Combine(_folder, "ledger");

    /// <summary>The silo that was started last.</summary>
    public SiloProcess Silo => _silo ?? throw new InvalidOperationException("No silo was started.");

    /// <summary>What the last silo said on standard error.</summary>
    public string LastErrors => _silo is null ? _endedTooSoon : string.Join('\n', _silo.ErrorLines);

    public TaskClient Client => new(Silo.Http);

    /// <summary>Starts a silo on the data; the one before must have ended.</summary>
    /// <param name="failpoint">Where it is to end itself, as "name" or "name:nth"; null for nowhere.</param>
    public async Task<SiloProcess> StartAsync(string? failpoint = null)
    {
        if (_silo is not null)
            await _silo.DisposeAsync();
        _silo = null;
        _silo = await SiloProcess.StartAsync(
            Data,
            start =>
            {
                TestKinds.AddTo(start);
                start.Environment[Ledger.Variable] = LedgerPath;
                if (failpoint is not null)
                    start.Environment["GRISTMILL_FAILPOINT"] = failpoint;
                Under?.Invoke(start);
            },
            Settings);
        _starts.Add((_silo.ProcessId, _silo.StartedAt, _silo.Ready));
        return _silo;
    }

    /// <summary>The same; false when the silo ended before it was ready, which <see cref="LastErrors"/> explains.</summary>
    public async Task<bool> TryStartAsync(string? failpoint = null)
    {
        try
        {
            await StartAsync(failpoint);
            return true;
        }
        catch (SiloEndedException e)
        {
            _endedTooSoon = e.Message;
            return false;
        }
    }

    /// <summary>Returns when the silo has ended by itself.</summary>
    public Task UntilEndedAsync() => _silo is null ? Task.CompletedTask : _silo.Exited.WaitAsync(s_patience);

    /// <summary>Puts the silo under load, and strikes.</summary>
    public async Task LoadAsync(int answers, Func<Task> strike, bool outlives = false)
    {
        var driver = new TaskDriver(Silo.Http, Log, Seed, _rounds++);
        await driver.RunAsync(answers, strike, outlives);
        foreach ((string name, string body) in driver.Keyed)
            _repeatable[name] = body;
    }

    /// <summary>Sends again what was not answered and has an Idempotency-Key, as a client would.</summary>
    public async Task RepeatUnknownAsync()
    {
        foreach (Submission submission in Log.Submissions.Where(each => each.Outcome == Outcome.Unknown && _repeatable.ContainsKey(each.Name)))
        {
            (Outcome outcome, JsonElement task) = await Client.PostAsync("/tasks", _repeatable[submission.Name], submission.Name);
            Log.Answered(submission.Name, outcome, outcome == Outcome.Acknowledged ? task.GetProperty("id").GetString() : null);
        }
    }

    /// <summary>Submits one task and returns its id.</summary>
    public async Task<string> SubmitAsync(string name, string kind, string input = "{}", string more = "") =>
        await TrySubmitAsync(name, kind, input, more) ?? throw new InvalidOperationException($"{name} was not accepted.");

    /// <summary>The same; null when it was not accepted.</summary>
    public async Task<string?> TrySubmitAsync(string name, string kind, string input = "{}", string more = "")
    {
        Log.Submitting(name);
        (Outcome outcome, JsonElement task) = await Client.PostAsync("/tasks", TaskClient.Task(kind, name, input, more));
        string? id = outcome == Outcome.Acknowledged ? task.GetProperty("id").GetString() : null;
        Log.Answered(name, outcome, id);
        return id;
    }

    /// <summary>Submits tasks until one is accepted, or refused.</summary>
    public async Task UntilTakenAsync(bool isTaken)
    {
        long start = Stopwatch.GetTimestamp();
        while (await TrySubmitAsync($"probe{_probes++}", "crash.append") is not null != isTaken)
        {
            if (Stopwatch.GetElapsedTime(start) > s_patience)
                throw new TimeoutException($"After {s_patience.TotalMinutes} minutes with a store that does {(isTaken ? "" : "not ")}work, tasks are {(isTaken ? "not " : "")}taken.");
        }
    }

    /// <summary>Asks the silo whether it lives, again and again while something is done to it.</summary>
    /// <returns>How long the answers took, for the verdict.</returns>
    public async Task<string> ProbeWhileAsync(Func<Task> action)
    {
        // Connections of its own: the driver's may all be waiting.
        using var http = new HttpClient { BaseAddress = Silo.Address, Timeout = s_longestProbe };
        var took = new List<TimeSpan>();
        Task done = action();
        do
        {
            long start = Stopwatch.GetTimestamp();
            try
            {
                using HttpResponseMessage probe = await http.GetAsync(new Uri("/health/live", UriKind.Relative));
                probe.EnsureSuccessStatusCode();
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                Log.Fault($"The live probe had no answer within {s_longestProbe.TotalSeconds} s: {e.Message}");
            }

            took.Add(Stopwatch.GetElapsedTime(start));
            await Task.WhenAny(done, Task.Delay(s_look));
        }
        while (!done.IsCompleted);
        await done;
        took.Sort();
        return string.Create(CultureInfo.InvariantCulture,
            $"live probe {took[took.Count / 2].TotalMilliseconds:0.0} ms, the longest of {took.Count} {took[^1].TotalMilliseconds:0} ms");
    }

    /// <summary>Waits until every task is over, and compares.</summary>
    public async Task<Verdict> CheckAsync()
    {
        List<JsonElement> tasks = await ListWhenOverAsync();
        if (tasks.Any(IsLive))
            Log.Fault($"{tasks.Count(IsLive)} tasks are not over, and none has ended for {s_standstill.TotalSeconds} s: {await Silo.Http.GetStringAsync(new Uri("/engine", UriKind.Relative))}\n{string.Join('\n', Silo.LastLogLines)}");
        var listed = new ListedTask[tasks.Count];
        await Parallel.ForAsync(0, tasks.Count, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
            listed[i] = await ReadAsync(tasks[i]));
        return Checker.Check(Log, Executions, listed, Seed, Recovery());
    }

    public async ValueTask DisposeAsync()
    {
        if (_silo is not null)
            await _silo.DisposeAsync();
        Log.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static bool IsLive(JsonElement task) => !TaskClient.IsOver(task.GetProperty("status").GetString()!);

    /// <summary>All tasks, when all are over or nothing goes on any more.</summary>
    private async Task<List<JsonElement>> ListWhenOverAsync()
    {
        int fewest = int.MaxValue;
        long fewerAt = Stopwatch.GetTimestamp();
        while (true)
        {
            int live = 0;
            foreach (string state in (string[])["scheduled", "queued", "running"])
                live += (await Client.ListAsync($"&status={state}")).Count;
            // A task that changed its state meanwhile may have been overlooked: what counts is the whole list.
            bool isStill = live >= fewest && Stopwatch.GetElapsedTime(fewerAt) > s_standstill;
            if (live == 0 || isStill)
            {
                List<JsonElement> tasks = await Client.ListAsync();
                if (isStill || !tasks.Any(IsLive))
                    return tasks;
                live = tasks.Count(IsLive);
            }

            if (live < fewest)
                (fewest, fewerAt) = (live, Stopwatch.GetTimestamp());
            await Task.Delay(s_look);
        }
    }

    private async Task<ListedTask> ReadAsync(JsonElement listed)
    {
        string id = listed.GetProperty("id").GetString()!;
        string name = listed.TryGetProperty("tags", out JsonElement tags) && tags.GetArrayLength() > 0 ? tags[0].GetString()! : "(no tag)";
        if (await Client.GetAsync(id) is not { } task)
        {
            Log.Fault($"Lost: {id} ({name}) is listed, and reading it answers 404.");
            return new ListedTask(id, name, "gone", null, null);
        }

        return new ListedTask(id, name, task.GetProperty("status").GetString()!, TaskClient.EndingOf(task), TaskClient.ResultOf(task));
    }

    /// <summary>The longest time from a start behind the first to that process's first execution, or to its being ready where it ran nothing.</summary>
    private TimeSpan Recovery()
    {
        Dictionary<int, long> first = Executions.GroupBy(execution => execution.Process).ToDictionary(group => group.Key, group => group.Min(execution => execution.At));
        return _starts.Skip(1)
            .Select(start => first.TryGetValue(start.Process, out long at) ? Stopwatch.GetElapsedTime(start.StartedAt, at) : start.Ready)
            .DefaultIfEmpty().Max();
    }
}
