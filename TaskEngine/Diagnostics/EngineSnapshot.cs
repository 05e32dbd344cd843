using System.Collections.Immutable;

namespace Gristmill;

/// <summary>
/// What an engine looked like at a moment. Taken without stopping a worker, so numbers that belong together may be a few tasks apart.
/// Plain data, made to be serialised.
/// </summary>
/// <param name="Name">The engine's name.</param>
/// <param name="State">running, draining or stopped.</param>
/// <param name="Tasks">Tasks and their times.</param>
/// <param name="Memory">Native memory.</param>
/// <param name="Totals">The workers' counters, summed.</param>
/// <param name="Lanes">One entry per lane, most urgent first.</param>
/// <param name="Workers">One entry per worker.</param>
public sealed record EngineSnapshot(
    string Name,
    string State,
    TaskFigures Tasks,
    MemoryFigures Memory,
    WorkerTotals Totals,
    ImmutableArray<LaneFigures> Lanes,
    ImmutableArray<WorkerFigures> Workers);

/// <summary>Counts of tasks since the start, and how long they waited and ran.</summary>
/// <param name="Waiting">Admitted and not begun.</param>
/// <param name="QueueCapacity">How many may wait.</param>
/// <param name="InFlight">Admitted and not ended.</param>
/// <param name="Suspended">Begun, and waiting for something: an await, a retry, or a start before a deadline.</param>
/// <param name="Succeeded">Ended with a result.</param>
/// <param name="Failed">Ended with an error.</param>
/// <param name="Cancelled">Ended by a caller or with the engine.</param>
/// <param name="Expired">Ended by their deadline.</param>
/// <param name="Abandoned">Outcomes decided while the handler was still running.</param>
/// <param name="Retries">Attempts after a first one.</param>
/// <param name="WaitTime">From admission to the first attempt.</param>
/// <param name="RunTime">Of one attempt.</param>
public sealed record TaskFigures(
    long Waiting,
    int QueueCapacity,
    long InFlight,
    int Suspended,
    long Succeeded,
    long Failed,
    long Cancelled,
    long Expired,
    long Abandoned,
    long Retries,
    TimeQuantiles WaitTime,
    TimeQuantiles RunTime);

/// <summary>Read from a histogram whose buckets grow by a quarter of an octave.</summary>
public sealed record TimeQuantiles(TimeSpan P50, TimeSpan P99);

/// <param name="Workers">Workers that are meant to run.</param>
/// <param name="Threads">Worker threads, those included that block or stand in for blocked ones.</param>
/// <param name="Blocked">Workers in a blocking scope, or stuck.</param>
/// <param name="Sleeping">Workers that sleep.</param>
/// <param name="Searching">Workers that look for work.</param>
/// <param name="Spawned">Work items queued by workers.</param>
/// <param name="Executed">Work items run.</param>
/// <param name="Stolen">Work items taken from other workers.</param>
/// <param name="Injected">Work items taken from the injectors.</param>
/// <param name="Parks">Times a worker went to sleep.</param>
/// <param name="Wakes">Times a sleeping worker was woken.</param>
/// <param name="Unhandled">Work items that threw.</param>
public sealed record WorkerTotals(
    int Workers,
    int Threads,
    int Blocked,
    int Sleeping,
    int Searching,
    long Spawned,
    long Executed,
    long Stolen,
    long Injected,
    long Parks,
    long Wakes,
    long Unhandled);

/// <param name="Lane">0 is the most urgent.</param>
/// <param name="InjectorDepth">Items that no worker has taken in yet.</param>
/// <param name="Queued">Items that workers have taken in or queued themselves: in their deques, deadline queues and slots.</param>
/// <param name="OldestReady">
/// Age of the oldest item that waits, on a coarse clock; zero when none does. Of a worker's items with deadlines the one with the earliest deadline counts.
/// </param>
public sealed record LaneFigures(int Lane, int InjectorDepth, int Queued, TimeSpan OldestReady);

/// <summary>
/// One worker's part of <see cref="WorkerTotals"/>; its times are the waits of the tasks that it began and the attempts that ended on it; <c>SlabBytes</c> are the
/// pages of native memory that its heap holds, free blocks included.
/// </summary>
public sealed record WorkerFigures(
    int Index,
    int Queued,
    long Spawned,
    long Executed,
    long Stolen,
    long FailedSweeps,
    long Injected,
    long Parks,
    long Wakes,
    long Unhandled,
    long SlabBytes,
    TimeQuantiles WaitTime,
    TimeQuantiles RunTime);
