using System.Collections.Immutable;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Gristmill.Grains.Tasks;
using Gristmill.Storage.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gristmill.Benchmarks;

/// <summary>A silo within this process, without the gateway: what durable tasks cost beside HTTP. Sees the silo's own instruments.</summary>
internal sealed class InProcessSilo : IAsyncDisposable
{
    public const int Partitions = 8;

    private readonly IHost _host;
    private readonly MeterListener _listener = new();
    private long _granted;
    private long _finished;
    private double _commitSeconds;
    private long _commits;
    private long _awaitedFinished = long.MaxValue;
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private InProcessSilo(IHost host)
    {
        _host = host;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name is "gristmill.tasks.finished" or "gristmill.tasks.granted" or "gristmill.storage.commit.duration")
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>(Count);
        _listener.SetMeasurementEventCallback<double>(Measure);
        _listener.Start();
    }

    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    /// <summary>When the first grant was committed, by <see cref="Stopwatch.GetTimestamp"/>; 0 before.</summary>
    public long FirstGrantAt { get; private set; }

    public long LastEndAt { get; private set; }

    public long Finished => Interlocked.Read(ref _finished);

    /// <summary>Commits, and the time from their transactions' beginnings to their ends: of the one writer, so never two at once.</summary>
    public (long Count, double Seconds) Commits => (Interlocked.Read(ref _commits), Volatile.Read(ref _commitSeconds));

    /// <param name="dataDirectory">Where SQLite keeps its file.</param>
    /// <param name="execute">Whether tasks run, or only wait.</param>
    public static async Task<InProcessSilo> StartAsync(string dataDirectory, bool execute)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddEnvironmentVariables();
        builder.Configuration["Storage:DataDirectory"] = dataDirectory;
        builder.Configuration["Tasks:Execute"] = execute.ToString();
        builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddSqliteStorage(builder.Configuration.GetSection("Storage").Bind);
        builder.Services.AddTaskEngine().AddTasksFromTestKinds();
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering();
            silo.AddGristmillGrains();
        });
        var silo = new InProcessSilo(builder.Build());
        await silo._host.StartAsync();
        return silo;
    }

    /// <summary>Wakes all partitions.</summary>
    public async Task OpenAsync()
    {
        for (int partition = 0; partition < Partitions; partition++)
            await Grains.GetGrain<ITaskPartitionGrain>(partition).GetAsync(TaskId.New(partition, TimeProvider.System));
    }

    /// <summary>Submits tasks that do nothing, in batches over all partitions, as many callers at once as there are partitions.</summary>
    /// <param name="tasks">How many.</param>
    /// <param name="batch">How many at once.</param>
    /// <param name="queue">Their queue; null for the kind's own.</param>
    /// <param name="keys">How many keys they have in turn; 0 for none.</param>
    public Task SubmitAsync(int tasks, int batch, string? queue = null, int keys = 0) => Task.WhenAll(Enumerable.Range(0, Partitions).Select(partition => Task.Run(async () =>
    {
        ITaskPartitionGrain grain = Grains.GetGrain<ITaskPartitionGrain>(partition);
        for (int left = tasks / Partitions; left > 0; left -= batch)
        {
            ImmutableArray<SubmitReply> replies = await grain.SubmitAsync(
                [.. Enumerable.Range(0, Math.Min(batch, left)).Select(i => new NewTask
                {
                    Id = TaskId.New(partition, TimeProvider.System), Kind = "bench.nothing", Input = "{}"u8.ToArray(),
                    Queue = queue, QueueKey = keys == 0 ? null : $"key {(left + i) % keys}",
                })]);
            if (replies.FirstOrDefault(reply => reply.Error is not null) is { } refused)
                throw new InvalidOperationException($"A task was refused: {refused.Error}");
        }
    })));

    /// <summary>Returns when this many tasks have ended, on stable storage.</summary>
    public async Task UntilFinishedAsync(long tasks, TimeSpan patience)
    {
        Volatile.Write(ref _awaitedFinished, tasks);
        if (Finished < tasks)
            await _reached.Task.WaitAsync(patience);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _listener.Dispose();
        if (_host is IAsyncDisposable host)
            await host.DisposeAsync();
    }

    private void Count(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        if (instrument.Name == "gristmill.tasks.granted")
        {
            if (Interlocked.Add(ref _granted, value) == value)
                FirstGrantAt = Stopwatch.GetTimestamp();
        }
        else if (Interlocked.Add(ref _finished, value) == Volatile.Read(ref _awaitedFinished))
        {
            LastEndAt = Stopwatch.GetTimestamp();
            _reached.TrySetResult();
        }
    }

    // One writer commits: nobody else adds.
    private void Measure(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        Volatile.Write(ref _commitSeconds, _commitSeconds + value);
        Interlocked.Increment(ref _commits);
    }
}
