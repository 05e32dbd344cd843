using System.Diagnostics.Metrics;
using Gristmill.Engine.Tests.Tasks;

namespace Gristmill.Engine.Tests.Diagnostics;

public sealed class MetricsTests : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, Dictionary<string, double>> _observed = [];
    private readonly Dictionary<string, string?> _units = [];
    private int _waits;

    public MetricsTests()
    {
        _listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name != "Gristmill.TaskEngine" || !instrument.Meter.Tags!.Any(tag => Equals(tag.Value, "measured")))
                return;
            _units[instrument.Name] = instrument.Unit;
            self.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
        {
            if (instrument.IsObservable)
                Keep(instrument, value, tags);
            else if (instrument.Name == "gristmill.task.wait.duration")
                Interlocked.Increment(ref _waits);
        });
        _listener.Start();
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task Collected_AfterWork_MatchTheSnapshot()
    {
        await using TaskEngine engine = TaskEngine.Create(e => e.Workers(2).Name("measured").Metrics());
        var kind = new LambdaKind("test.kind", (input, _) => new(input));
        for (int i = 0; i < 10; i++)
            await Within.Time(engine.RunAsync(new LambdaRequest(kind, 1)), "a task");

        // A worker counts an item after the caller has its result, so the numbers may still rise.
        EngineSnapshot earlier = engine.Snapshot();
        _listener.RecordObservableInstruments();
        EngineSnapshot later = engine.Snapshot();

        Assert.Equal(10, _observed["gristmill.task.count"]["succeeded"]);
        Assert.Equal(10, _waits);
        Assert.Equal(0, _observed["gristmill.memory.buffers"].Values.Sum());
        Assert.Equal(later.Workers.Length, _observed["gristmill.worker.executed"].Count);
        foreach ((string worker, double executed) in _observed["gristmill.worker.executed"])
            Assert.InRange(executed, Executed(earlier, worker), Executed(later, worker));
        Assert.Equal("{wake}", _units["gristmill.worker.wakes"]);

        static double Executed(EngineSnapshot snapshot, string worker) => snapshot.Workers.Single(w => $"{w.Index}" == worker).Executed;
    }

    [Fact]
    public async Task Collected_WhileWorkWaits_TellTheInjectorAndMemoryApart()
    {
        using var hold = new ManualResetEventSlim();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var kind = new LambdaKind("test.kind", (input, _) =>
        {
            started.TrySetResult();
            hold.Wait(TestContext.Current.CancellationToken);
            return new(input);
        });
        await using TaskEngine engine = TaskEngine.Create(
            e => e.Workers(1).Name("measured").Metrics().Kinds(kind).Configure(o => o.MaxStandInThreads = 0));
        var input = new TaskPayload("1"u8.ToArray());
        Task<TaskRunResult> first = engine.RunAsync(kind.Name, input, TaskRunOptions.Default).AsTask();
        await Within.Time(started.Task, "the first task's start");
        // From a thread that is no worker: into the injector.
        Task<TaskRunResult>[] waiting = [.. Enumerable.Range(0, 3).Select(_ => engine.RunAsync(kind.Name, input, TaskRunOptions.Default).AsTask())];

        _listener.RecordObservableInstruments();
        hold.Set();
        await Within.Time(Task.WhenAll([first, .. waiting]), "the tasks");

        Assert.Equal(new Dictionary<string, double> { ["0"] = 0, ["1"] = 3, ["2"] = 0 }, _observed["gristmill.injector.depth"]);
        Assert.Equal(new Dictionary<string, double> { ["64"] = 4 }, _observed["gristmill.memory.blocks"]);
        Assert.Equal(new Dictionary<string, double> { ["64"] = 1 }, _observed["gristmill.memory.pages"]);
    }

    private void Keep<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        where T : struct, IConvertible
    {
        if (!_observed.TryGetValue(instrument.Name, out Dictionary<string, double>? byTag))
            _observed[instrument.Name] = byTag = [];
        byTag[tags.IsEmpty ? "" : $"{tags[0].Value}"] = value.ToDouble(System.Globalization.CultureInfo.InvariantCulture);
    }
}
