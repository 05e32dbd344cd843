using System.Diagnostics.Metrics;
using Gristmill.Grains.Queues;
using Gristmill.Grains.Tasks;
using Microsoft.Extensions.DependencyInjection;

namespace Gristmill.Grains.Tests.Tasks.Partitions;

/// <summary>What autoscaling goes by: the age of the oldest task that another executor could start.</summary>
public sealed class ReadyReadingTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly TaskMetrics _metrics;

    public ReadyReadingTests() => _metrics = new TaskMetrics(_services.GetRequiredService<IMeterFactory>(), _time);

    public void Dispose() => _services.Dispose();

    [Fact]
    public void Gauges_CountAllPartitions_AndTellTheOldestOfAny()
    {
        ReadyReading first = Partition(New(readyAt: 3)), second = Partition(New(readyAt: 1), New(readyAt: 2)), empty = Partition();
        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal((3, 9.0), Read());

        _metrics.Remove(second);
        Assert.Equal((1, 7.0), Read());
        _metrics.Remove(first);
        Assert.Equal((0, 0.0), Read());
        _metrics.Remove(empty);
    }

    [Fact]
    public void TasksOfAPausedQueue_AreLeftOut()
    {
        var ready = new ReadyQueue(_time);
        ready.Follow(new QueueSettings("mail", new QueueLimits(), IsPaused: true, Version: 1), []);
        ready.Add(New("mail", readyAt: 0));
        ready.Add(New(readyAt: 4));
        _metrics.AddReading().Take(ready);
        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal((1, 6.0), Read());
    }

    [Fact]
    public void TasksThatWaitForTheirKey_AreLeftOut()
    {
        var ready = new ReadyQueue(_time);
        ready.Follow(new QueueSettings("mail", new QueueLimits(MaxConcurrencyPerKey: 1), IsPaused: false, Version: 1), []);
        ready.Add(ReadyTasks.New("mail", key: "a"));
        ready.Add(ReadyTasks.New("mail", key: "a"));
        _metrics.AddReading().Take(ready);

        Assert.Equal(0, Read().Count);
    }

    private static LiveTask New(string queue = "default", int readyAt = 0) => ReadyTasks.New(queue, readyAt: TimeSpan.FromSeconds(readyAt));

    private ReadyReading Partition(params LiveTask[] tasks)
    {
        var ready = new ReadyQueue(_time);
        foreach (LiveTask task in tasks)
            ready.Add(task);
        ReadyReading reading = _metrics.AddReading();
        reading.Take(ready);
        return reading;
    }

    private (long Count, double Age) Read()
    {
        long count = -1;
        double age = -1;
        using var listener = new MeterListener();
        IMeterFactory meters = _services.GetRequiredService<IMeterFactory>();
        listener.InstrumentPublished = (instrument, on) =>
        {
            if (instrument.Meter.Scope == meters)
                on.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => count = instrument.Name == "gristmill.tasks.ready" ? value : count);
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => age = instrument.Name == "gristmill.tasks.ready.oldest_age" ? value : age);
        listener.Start();
        listener.RecordObservableInstruments();
        return (count, age);
    }
}
