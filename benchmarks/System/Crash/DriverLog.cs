using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Gristmill.Crash;

/// <summary>How a request ended for the one who sent it.</summary>
internal enum Outcome
{
    /// <summary>Not answered yet, or never: it may have happened or not.</summary>
    Unknown,

    /// <summary>The system promised it.</summary>
    Acknowledged,

    /// <summary>The system refused it: nothing of it may be there.</summary>
    Refused,
}

/// <summary>One task that was asked for.</summary>
/// <param name="Name">Never the same twice; the task carries it as a tag.</param>
/// <param name="Failures">How many of its attempts fail by themselves.</param>
/// <param name="InvokedAt">Monotonic.</param>
internal sealed record Submission(string Name, int Failures, long InvokedAt)
{
    public Outcome Outcome { get; init; }

    /// <summary>The id that the answer gave; null without one.</summary>
    public string? Task { get; init; }

    /// <summary>Monotonic; 0 while there is no answer.</summary>
    public long CompletedAt { get; init; }
}

/// <summary>An end of a task that somebody was shown.</summary>
/// <param name="Task">The id.</param>
/// <param name="What">State, time and result: what must never be different.</param>
/// <param name="SeenAt">Monotonic.</param>
internal sealed record Ending(string Task, string What, long SeenAt);

/// <summary>
/// What a driver asked for and was told, kept outside the system, and written to a file line by line so that a run that went wrong can be read
/// afterwards. Safe from any thread.
/// </summary>
internal sealed class DriverLog : IDisposable
{
    private readonly ConcurrentDictionary<string, Submission> _submissions = new();
    private readonly ConcurrentDictionary<(string Task, string What), Ending> _endings = new();
    private readonly ConcurrentQueue<string> _faults = new();
    private readonly StreamWriter? _file;

    /// <param name="path">Where to write; null writes nowhere.</param>
    public DriverLog(string? path = null) => _file = path is null ? null : new StreamWriter(path);

    public IReadOnlyCollection<Submission> Submissions => [.. _submissions.Values];

    /// <summary>Different ends only; the first time each was seen.</summary>
    public IReadOnlyCollection<Ending> Endings => [.. _endings.Values];

    /// <summary>What was wrong in the answers themselves.</summary>
    public IReadOnlyCollection<string> Faults => _faults;

    public void Submitting(string name, int failures = 0)
    {
        if (!_submissions.TryAdd(name, new Submission(name, failures, Stopwatch.GetTimestamp())))
            throw new InvalidOperationException($"{name} was asked for before.");
        Write("submit", name, "");
    }

    /// <summary>An answer; a later one about the same submission must give the same id.</summary>
    public void Answered(string name, Outcome outcome, string? task = null)
    {
        Submission before = _submissions[name];
        if (before.Task is { } known && task is not null && known != task)
            Fault($"{name} is task {known}, and task {task} too.");
        // An answer that came stays: a repeat that was refused takes nothing back.
        if (before.Outcome != Outcome.Acknowledged)
            _submissions[name] = before with { Outcome = outcome, Task = task ?? before.Task, CompletedAt = Stopwatch.GetTimestamp() };
        Write(outcome.ToString(), name, task ?? "");
    }

    public void Ended(string task, string what)
    {
        if (_endings.TryAdd((task, what), new Ending(task, what, Stopwatch.GetTimestamp())))
            Write("ended", task, what);
    }

    public void Fault(string text)
    {
        _faults.Enqueue(text);
        Write("fault", text, "");
    }

    public void Dispose() => _file?.Dispose();

    private void Write(string what, string name, string more)
    {
        if (_file is null)
            return;
        lock (_file)
            _file.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetTimestamp()} {what} {name} {more}"));
    }
}
