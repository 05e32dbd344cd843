using System.Diagnostics.Metrics;
using Gristmill.Memory;
using Gristmill.Scheduling;
using Gristmill.Tasks;

namespace Gristmill.Diagnostics;

/// <summary>
/// The engine as instruments of the meter <c>Gristmill.TaskEngine</c>. Counters and gauges are read when somebody collects; nothing is
/// paid per task for them. The histograms are fed per task, and only while somebody listens.
/// </summary>
internal sealed class TaskEngineMetrics : IDisposable
{
    public const string MeterName = "Gristmill.TaskEngine";

    private static readonly double[] s_seconds = [1e-6, 1e-5, 1e-4, 1e-3, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30, 300];

    private readonly TaskEngine _engine;
    private readonly Meter _meter;
    private readonly ResourceHandle<PayloadMemory> _memory;
    private readonly Histogram<double> _wait;
    private readonly Histogram<double> _run;

    /// <param name="engine">What is measured.</param>
    /// <param name="memory">A share of the engine's memory, taken over: a collector may come while the engine ends.</param>
    public TaskEngineMetrics(TaskEngine engine, ResourceHandle<PayloadMemory> memory)
    {
        _engine = engine;
        _memory = memory;
        WorkerPool pool = engine.Pool;
        TaskStatistics statistics = engine.Statistics;
        _meter = NewMeter(pool.Name);

        var advice = new InstrumentAdvice<double> { HistogramBucketBoundaries = s_seconds };
        _wait = _meter.CreateHistogram("gristmill.task.wait.duration", "s", "From admission to the first attempt.", null, advice);
        _run = _meter.CreateHistogram("gristmill.task.run.duration", "s", "Of one attempt.", null, advice);

        _meter.CreateObservableCounter("gristmill.task.count", () => ReadOutcomes(statistics), "{task}", "Tasks that ended, by state.");
        _meter.CreateObservableGauge("gristmill.task.waiting", () => engine.WaitingTasks, "{task}", "Tasks admitted and not begun.");
        _meter.CreateObservableGauge("gristmill.task.in_flight", () => engine.InFlightTasks, "{task}", "Tasks admitted and not ended.");

        Count("gristmill.worker.spawned", "{item}", "Work items queued by workers.", static (in c) => c.Spawned);
        Count("gristmill.worker.executed", "{item}", "Work items run.", static (in c) => c.Executed);
        Count("gristmill.worker.stolen", "{item}", "Work items taken from other workers.", static (in c) => c.Stolen);
        Count("gristmill.worker.injected", "{item}", "Work items taken from the injectors.", static (in c) => c.Injected);
        Count("gristmill.worker.parks", "{park}", "Times a worker went to sleep.", static (in c) => c.Parks);
        Count("gristmill.worker.wakes", "{wake}", "Sleeping workers that this one woke.", static (in c) => c.Wakes);
        _meter.CreateObservableCounter(
            "gristmill.worker.outside_wakes", () => pool.OutsideWakes, "{wake}", "Sleeping workers that other threads woke.");
        _meter.CreateObservableGauge("gristmill.worker.threads", () => pool.ThreadCount, "{thread}", "Worker threads.");
        _meter.CreateObservableGauge("gristmill.worker.sleeping", () => pool.Idle.Sleepers, "{thread}", "Workers that sleep.");
        _meter.CreateObservableGauge("gristmill.worker.blocked", () => pool.BlockedCount, "{thread}", "Workers that block or are stuck.");
        GaugeOfLanes("gristmill.lane.depth", "{item}", "Work items that wait, by lane.", static lane => lane.InjectorDepth + lane.Queued);
        GaugeOfLanes("gristmill.injector.depth", "{item}", "Of these, work items that no worker has taken yet.", static lane => lane.InjectorDepth);
        GaugeOfLanes("gristmill.lane.oldest_ready", "s", "Age of the work item that has waited longest, by lane.", static lane => lane.OldestReady.TotalSeconds);

        Gauge("gristmill.memory.reserved", "By", "Native memory taken from the system.", static memory => memory.Slabs.ReservedBytes);
        Gauge("gristmill.memory.buffers", "{buffer}", "Payload buffers in use.", static memory => memory.Live);
        GaugeOfClasses("gristmill.memory.pages", "{page}", "Pages of native memory, by the size of their blocks.", static c => c.Pages);
        GaugeOfClasses("gristmill.memory.blocks", "{block}", "Blocks of these pages that are in use.", static c => c.LiveBlocks);

        void Count(string name, string unit, string description, Read read) =>
            _meter.CreateObservableCounter(name, () => ReadWorkers(pool, read), unit, description);

        void GaugeOfLanes<T>(string name, string unit, string description, Func<LaneFigures, T> read)
            where T : struct => _meter.CreateObservableGauge(
                name, () => SnapshotReader.ReadLanes(pool).Select(lane => Tagged(read(lane), "gristmill.lane", lane.Lane)), unit, description);

        void GaugeOfClasses(string name, string unit, string description, Func<SizeClassFigures, long> read) => _meter.CreateObservableGauge(
            name,
            () => _memory.Read(static memory => memory.Slabs.ReadFigures()).Classes.Select(c => Tagged(read(c), "gristmill.block_bytes", c.BlockBytes)),
            unit,
            description);

        void Gauge(string name, string unit, string description, Func<PayloadMemory, long> read) =>
            _meter.CreateObservableGauge(name, () => _memory.Read(read), unit, description);
    }

    public static Meter NewMeter(string engine) => new(new MeterOptions(MeterName) { Tags = [new("gristmill.engine", engine)] });

    private delegate long Read(in WorkerCounters counters);

    public void TaskStarted(KindState kind, long waitNanoseconds)
    {
        if (_wait.Enabled)
            Record(_wait, kind, waitNanoseconds);
    }

    public void AttemptEnded(KindState kind, long runNanoseconds)
    {
        if (_run.Enabled)
            Record(_run, kind, runNanoseconds);
    }

    public void Dispose()
    {
        // First the meter: afterwards nobody reads the memory.
        _meter.Dispose();
        _memory.Dispose();
    }

    // Listeners run inside the call: one that throws must not cost the task.
    private void Record(Histogram<double> histogram, KindState kind, long nanoseconds)
    {
        try
        {
            histogram.Record(nanoseconds / 1e9, new KeyValuePair<string, object?>("gristmill.kind", kind.Name));
        }
        catch (Exception exception)
        {
            _engine.ReportPolicyFailure(exception);
        }
    }

    private static IEnumerable<Measurement<long>> ReadOutcomes(TaskStatistics statistics) =>
        new[] { TaskState.Succeeded, TaskState.Failed, TaskState.Cancelled, TaskState.Expired }.Select(state =>
            Tagged(statistics.Outcomes(state), "gristmill.state", state.ToString().ToLowerInvariant()));

    private static IEnumerable<Measurement<long>> ReadWorkers(WorkerPool pool, Read read) =>
        Enumerable.Range(0, pool.SlotCount).Select(i => Tagged(read(in pool.WorkerAt(i)!.Counters), "gristmill.worker", i));

    private static Measurement<T> Tagged<T>(T value, string tag, object of)
        where T : struct => new(value, new KeyValuePair<string, object?>(tag, of));
}
