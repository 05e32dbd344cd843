using System.Globalization;

namespace Gristmill.Crash;

/// <summary>A task as the system lists it when all is over.</summary>
/// <param name="Task">The id.</param>
/// <param name="Name">The tag that its submission gave it.</param>
/// <param name="Status">As clients read it.</param>
/// <param name="What">As <see cref="Ending.What"/>; null while the task is not over.</param>
/// <param name="Result">The token of the execution that counted; null when there is none.</param>
internal sealed record ListedTask(string Task, string Name, string Status, string? What, string? Result);

/// <summary>What a campaign showed.</summary>
internal sealed record Verdict(int Seed)
{
    public int Attempted { get; init; }

    public int Acknowledged { get; init; }

    /// <summary>Acknowledged, and not there, not over, or said to have succeeded without having run.</summary>
    public int Lost { get; init; }

    /// <summary>There without having been asked for, or twice for one request.</summary>
    public int Phantom { get; init; }

    /// <summary>Shown with two different ends.</summary>
    public int CompletedTwice { get; init; }

    /// <summary>Run again without a failure or the end of a process between, or by a grant of a life of the partition that was over.</summary>
    public int ExecutedMoreThanOnce { get; init; }

    /// <summary>Run again because the process ended under it: allowed, and counted.</summary>
    public int RunAgain { get; init; }

    /// <summary>Run by a silo that others took for gone, while or after one of them ran it: allowed, and counted.</summary>
    public int RunBeside { get; init; }

    public int Unknown { get; init; }

    /// <summary>From the start of a process to its first execution, or until it was ready; the longest of the campaign.</summary>
    public TimeSpan Recovery { get; init; }

    public IReadOnlyList<string> Faults { get; init; } = [];

    /// <summary>What else is to be said of it; empty for nothing.</summary>
    public string Note { get; init; } = "";

    public bool IsClean => Faults.Count == 0;

    /// <summary>The checker's line.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"attempted {Attempted}, acknowledged {Acknowledged}, lost {Lost}, phantom {Phantom}, completed twice {CompletedTwice}, executed more than once {ExecutedMoreThanOnce} (again after a crash {RunAgain}{(RunBeside == 0 ? "" : ", after a lost lease ")}{(RunBeside == 0 ? null : RunBeside)}), unknown {Unknown}, recovery {Recovery.TotalSeconds:0.00} s, seed {Seed}{(Note.Length == 0 ? "" : "; ")}{Note}");

    /// <summary>The line, and the first faults below it.</summary>
    public string Describe() => string.Join('\n', [ToString(), .. Faults.Take(20)]);
}

/// <summary>Compares what a driver was told, what handlers wrote down and what the system lists in the end with what it promises.</summary>
internal static class Checker
{
    /// <summary>How the fault of a task that is lost begins.</summary>
    public const string LostMark = "Lost: ";

    private const string Succeeded = "succeeded";

    /// <param name="log">What was asked for and told.</param>
    /// <param name="executions">What handlers wrote down.</param>
    /// <param name="listed">What is there in the end.</param>
    /// <param name="seed">The campaign's.</param>
    /// <param name="recovery">See <see cref="Verdict.Recovery"/>.</param>
    /// <param name="gone">
    /// Processes that went on when others took them for gone, and since when (monotonic). What such a one holds is others' too, and it cannot know: it may
    /// begin a task that they have begun or ended.
    /// </param>
    public static Verdict Check(
        DriverLog log, IReadOnlyList<Execution> executions, IReadOnlyList<ListedTask> listed, int seed, TimeSpan recovery = default,
        IReadOnlyDictionary<int, long>? gone = null)
    {
        var faults = new List<string>(log.Faults);
        ILookup<string, Execution> byTask = executions.ToLookup(execution => execution.Task);
        IReadOnlyCollection<Submission> submissions = log.Submissions;
        return new Verdict(seed)
        {
            Attempted = submissions.Count,
            Acknowledged = submissions.Count(submission => submission.Outcome == Outcome.Acknowledged),
            Unknown = submissions.Count(submission => submission.Outcome == Outcome.Unknown),
            Lost = CountLost(submissions, byTask, listed, faults),
            Phantom = CountPhantoms(submissions, byTask, listed, faults),
            CompletedTwice = CountCompletedTwice(log.Endings, listed, faults),
            ExecutedMoreThanOnce = CountExecutedTwice(submissions, byTask, listed, log.Endings, IsOfOneGone, faults),
            RunAgain = byTask.Count(task => task.Select(execution => execution.Process).Distinct().Count() > 1),
            RunBeside = byTask.Count(task => task.Any(late => IsOfOneGone(late) && task.Any(other => other.Process != late.Process))),
            Recovery = recovery,
            Faults = faults,
        };

        bool IsOfOneGone(Execution execution) => gone is not null && gone.TryGetValue(execution.Process, out long since) && execution.At > since;
    }

    private static int CountLost(
        IReadOnlyCollection<Submission> submissions, ILookup<string, Execution> executions, IReadOnlyList<ListedTask> listed, List<string> faults)
    {
        Dictionary<string, ListedTask> byId = listed.DistinctBy(task => task.Task).ToDictionary(task => task.Task);
        var lost = new HashSet<string>();
        foreach (Submission submission in submissions.Where(submission => submission.Outcome == Outcome.Acknowledged))
        {
            if (submission.Task is null || !byId.ContainsKey(submission.Task))
                Fault(submission.Name, $"{submission.Name} was acknowledged as {submission.Task ?? "no task"}, which is not there.");
        }

        foreach (ListedTask task in listed)
        {
            if (task.What is null)
                Fault(task.Name, $"{task.Task} ({task.Name}) is still {task.Status}.");
            else if (task.Status == Succeeded && !executions[task.Task].Any(execution => execution.Token == task.Result))
                Fault(task.Name, $"{task.Task} ({task.Name}) succeeded with {task.Result ?? "nothing"}, which no execution gave.");
        }

        return lost.Count;

        void Fault(string name, string text)
        {
            lost.Add(name);
            faults.Add(LostMark + text);
        }
    }

    private static int CountPhantoms(
        IReadOnlyCollection<Submission> submissions, ILookup<string, Execution> executions, IReadOnlyList<ListedTask> listed, List<string> faults)
    {
        int before = faults.Count;
        Dictionary<string, Submission> byName = submissions.ToDictionary(submission => submission.Name);
        foreach (IGrouping<string, ListedTask> named in listed.GroupBy(task => task.Name))
        {
            if (!byName.TryGetValue(named.Key, out Submission? submission))
                faults.Add($"Phantom: nobody asked for {named.Key} ({named.First().Task}).");
            else if (submission.Outcome == Outcome.Refused)
                faults.Add($"Phantom: {named.Key} was refused, and is there as {named.First().Task}.");
            else if (named.Count() > 1)
                faults.Add($"Phantom: {named.Key} was asked for once, and is there as {string.Join(", ", named.Select(task => task.Task))}.");
        }

        HashSet<string> known = [.. listed.Select(task => task.Task)];
        faults.AddRange(executions.Where(task => !known.Contains(task.Key)).Select(task => $"Phantom: {task.Key} ran, and is not there."));
        faults.AddRange(executions.Where(task => task.Any(execution => execution.Epoch < 1)).Select(task => $"Phantom: {task.Key} ran, and no partition gave it out."));
        return faults.Count - before;
    }

    private static int CountCompletedTwice(IReadOnlyCollection<Ending> endings, IReadOnlyList<ListedTask> listed, List<string> faults)
    {
        int before = faults.Count;
        IEnumerable<(string Task, string What)> shown = endings.Select(ending => (ending.Task, ending.What))
            .Concat(listed.Where(task => task.What is not null).Select(task => (task.Task, task.What!)));
        foreach (IGrouping<string, string> task in shown.Distinct().GroupBy(end => end.Task, end => end.What))
        {
            if (task.Count() > 1)
                faults.Add($"Completed twice: {task.Key} ended as {string.Join(" and as ", task)}.");
        }

        return faults.Count - before;
    }

    private static int CountExecutedTwice(
        IReadOnlyCollection<Submission> submissions,
        ILookup<string, Execution> executions,
        IReadOnlyList<ListedTask> listed,
        IReadOnlyCollection<Ending> endings,
        Func<Execution, bool> isOfOneGone,
        List<string> faults)
    {
        int before = faults.Count;
        Dictionary<string, Submission> byName = submissions.ToDictionary(submission => submission.Name);
        Dictionary<string, int> failures = listed.DistinctBy(task => task.Task)
            .ToDictionary(task => task.Task, task => byName.GetValueOrDefault(task.Name)?.Failures ?? 0);
        Dictionary<string, long> over = endings.GroupBy(ending => ending.Task).ToDictionary(task => task.Key, task => task.Min(ending => ending.SeenAt));
        foreach (IGrouping<string, Execution> task in executions)
        {
            int failing = failures.GetValueOrDefault(task.Key);
            int processes = task.Select(execution => execution.Process).Distinct().Count();
            if (task.Count() > failing + processes)
                faults.Add($"Executed more than once: {task.Key} ran {task.Count()} times in {processes} processes, and fails {failing} times.");
            else if (task.GroupBy(execution => execution.Process).Any(process => process.Count() > failing + 1))
                faults.Add($"Executed more than once: {task.Key} ran more than {failing + 1} times in one process.");
            else if (over.TryGetValue(task.Key, out long seen) && task.Any(execution => execution.At > seen && !isOfOneGone(execution)))
                faults.Add($"Executed more than once: {task.Key} ran after it was over.");
            else if (StaleEpoch(task.Where(execution => !isOfOneGone(execution))) is { } epochs)
                faults.Add($"Executed more than once: {task.Key} ran under epoch {epochs.Stale} when epoch {epochs.Later} had run it.");
        }

        return faults.Count - before;
    }

    /// <summary>A grant of an earlier life of the partition that was begun after one of a later life: null when there is none.</summary>
    private static (long Stale, long Later)? StaleEpoch(IEnumerable<Execution> executions)
    {
        long highest = 0;
        foreach (Execution execution in executions.OrderBy(execution => execution.At))
        {
            if (execution.Epoch < highest)
                return (execution.Epoch, highest);
            highest = execution.Epoch;
        }

        return null;
    }
}
