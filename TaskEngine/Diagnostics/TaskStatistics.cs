using Gristmill.Scheduling;

namespace Gristmill.Diagnostics;

/// <summary>
/// Counts of tasks and their times, one stripe per worker and one for all other threads. A worker writes its stripe without
/// atomics; readers sum, and see each number as it was a moment ago.
/// </summary>
internal sealed class TaskStatistics
{
    private readonly Stripe[] _stripes;
    private readonly Stripe _outside = new();

    public TaskStatistics(int workers)
    {
        _stripes = new Stripe[workers];
        for (int i = 0; i < workers; i++)
            _stripes[i] = new Stripe();
    }

    public void CountStart(Worker? worker, long waitNanoseconds)
    {
        if (worker is not null)
            _stripes[worker.Index].Wait.Record(waitNanoseconds);
        else
            _outside.Wait.RecordShared(waitNanoseconds);
    }

    public void CountAttempt(Worker? worker, long runNanoseconds)
    {
        if (worker is not null)
            _stripes[worker.Index].Run.Record(runNanoseconds);
        else
            _outside.Run.RecordShared(runNanoseconds);
    }

    public void CountOutcome(Worker? worker, TaskState state)
    {
        int index = IndexOf(state);
        if (worker is not null)
            _stripes[worker.Index].Outcomes[index]++;
        else
            Interlocked.Increment(ref _outside.Outcomes[index]);
    }

    public long Outcomes(TaskState state)
    {
        int index = IndexOf(state);
        long sum = Volatile.Read(ref _outside.Outcomes[index]);
        foreach (Stripe stripe in _stripes)
            sum += Volatile.Read(ref stripe.Outcomes[index]);
        return sum;
    }

    public long[] WaitTimes() => Sum(static stripe => stripe.Wait);

    public long[] RunTimes() => Sum(static stripe => stripe.Run);

    /// <summary>Of the tasks that one worker began.</summary>
    public TimeQuantiles WaitTimes(int worker) => _stripes[worker].Wait.Quantiles();

    /// <summary>Of the attempts that ended on one worker.</summary>
    public TimeQuantiles RunTimes(int worker) => _stripes[worker].Run.Quantiles();

    private long[] Sum(Func<Stripe, LatencyHistogram> select)
    {
        long[] sum = LatencyHistogram.NewSum();
        select(_outside).AddTo(sum);
        foreach (Stripe stripe in _stripes)
            select(stripe).AddTo(sum);
        return sum;
    }

    // In the middle of its array, so that no neighbour shares a cache line with the numbers.
    private static int IndexOf(TaskState state) => 16 + (int)state - (int)TaskState.Succeeded;

    private sealed class Stripe
    {
        public readonly LatencyHistogram Wait = new();
        public readonly LatencyHistogram Run = new();
        public readonly long[] Outcomes = new long[48];
    }
}
