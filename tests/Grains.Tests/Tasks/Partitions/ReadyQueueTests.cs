using System.Diagnostics;
using Gristmill.Grains.Tasks;

namespace Gristmill.Grains.Tests.Tasks.Partitions;

public sealed class ReadyQueueTests
{
    private static readonly IReadOnlySet<string> s_none = new HashSet<string>();

    private readonly ManualTime _time = new();
    private readonly ReadyQueue _ready;

    public ReadyQueueTests() => _ready = new ReadyQueue(_time, TimeSpan.FromSeconds(10));

    [Fact]
    public void Take_OfOneQueue_GoesByPriorityThenDeadlineThenAge()
    {
        LiveTask old = Add(ReadyTasks.New()), young = Add(ReadyTasks.New());
        LiveTask late = Add(ReadyTasks.New(deadline: TimeSpan.FromHours(2))), soon = Add(ReadyTasks.New(deadline: TimeSpan.FromHours(1)));
        LiveTask high = Add(ReadyTasks.New(priority: 9)), low = Add(ReadyTasks.New(priority: 0));

        Assert.Equal([high, soon, late, old, young, low], TakeAll());
        Assert.Equal(0, _ready.Count);
    }

    [Fact]
    public void Take_GoesRoundTheQueues_AndWithinThemRoundTheOwners()
    {
        LiveTask[] flood = [.. Enumerable.Range(0, 3).Select(_ => Add(ReadyTasks.New("bulk", owner: 1)))];
        LiveTask other = Add(ReadyTasks.New("bulk", owner: 2));
        LiveTask single = Add(ReadyTasks.New("mail"));

        Assert.Equal([flood[0], single, other, flood[1], flood[2]], TakeAll());
    }

    [Fact]
    public void LowLevel_BehindAFlood_IsServedOncePerPeriodsItLacks()
    {
        LiveTask low = Add(ReadyTasks.New(priority: 7));
        int before = 0;
        while (true)
        {
            Add(ReadyTasks.New(priority: 9));
            if (Take() == low)
                break;
            before++;
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(30, before);
    }

    [Fact]
    public void RefusedKinds_AreSkipped_AndKeepTheirTurn()
    {
        LiveTask refused = Add(ReadyTasks.New(kind: "slow", owner: 1)), taken = Add(ReadyTasks.New(owner: 2)), next = Add(ReadyTasks.New(owner: 3));

        Assert.Equal(taken, _ready.Take(new HashSet<string> { "slow" }));
        Assert.Equal([refused, next], TakeAll());
        Add(refused);
        Assert.Null(_ready.Take(new HashSet<string> { "slow" }));
        Assert.Equal(1, _ready.Count);
    }

    [Fact]
    public void OldestReadyAt_IsTheEarliest_WhateverTheOrder()
    {
        Assert.Null(_ready.OldestReadyAt);
        LiveTask late = Add(ReadyTasks.New(readyAt: TimeSpan.FromSeconds(5))), early = Add(ReadyTasks.New(priority: 0, readyAt: TimeSpan.FromSeconds(2)));
        Assert.Equal(ManualTime.Start.AddSeconds(2), _ready.OldestReadyAt);
        _ready.Remove(early);
        Assert.Equal(ManualTime.Start.AddSeconds(5), _ready.OldestReadyAt);
        _ready.Remove(late);
        _ready.Remove(late);
        Assert.Null(_ready.OldestReadyAt);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void RandomOperations_GiveWhatANaiveQueueGives(int seed)
    {
        var random = new Random(seed);
        var model = new NaiveReadyQueue(_time, TimeSpan.FromSeconds(10));
        List<LiveTask> waiting = [];
        string[] kinds = ["a", "b", "c"];
        for (int step = 0; step < 20_000; step++)
        {
            int dice = random.Next(100);
            if (dice < 48 || waiting.Count == 0)
            {
                LiveTask task = ReadyTasks.New(
                    $"q{random.Next(3)}", random.Next(10) < 7 ? 5 : random.Next(10), kinds[random.Next(3)], random.Next(4) is > 0 and var owner ? owner : null,
                    deadline: random.Next(3) == 0 ? TimeSpan.FromMinutes(random.Next(60)) : null);
                waiting.Add(task);
                _ready.Add(task);
                model.Add(task);
            }
            else if (dice < 58)
            {
                LiveTask task = waiting[random.Next(waiting.Count)];
                waiting.Remove(task);
                _ready.Remove(task);
                model.Remove(task);
            }
            else
            {
                var refused = kinds.Where(_ => random.Next(5) == 0).ToHashSet();
                LiveTask? expected = model.Take(refused);
                Assert.Same(expected, _ready.Take(refused));
                if (expected is not null)
                    waiting.Remove(expected);
                _time.Advance(TimeSpan.FromSeconds(random.NextDouble() * 3));
            }

            Assert.Equal(waiting.Count, _ready.Count);
        }
    }

    [Fact]
    public void AMillionTasks_TakeLittleMemoryAndTime()
    {
        const int Count = 1_000_000;
        LiveTask[] tasks = [.. Enumerable.Range(0, Count).Select(i => ReadyTasks.New(priority: i % 10, owner: i % 1_000, readyAt: TimeSpan.FromSeconds(i / 1_000)))];
        long before = GC.GetTotalMemory(forceFullCollection: true);

        var watch = Stopwatch.StartNew();
        foreach (LiveTask task in tasks)
            _ready.Add(task);
        double bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)Count;
        int taken = 0;
        while (Take() is not null)
            taken++;

        TestContext.Current.TestOutputHelper!.WriteLine($"{bytes:0.0} bytes each, {watch.Elapsed.TotalMicroseconds / Count:0.00} µs each");
        Assert.Equal(Count, taken);
        Assert.True(bytes < 120, $"{bytes:0.0} bytes for each task.");
        GC.KeepAlive(tasks);
    }

    private LiveTask Add(LiveTask task)
    {
        _ready.Add(task);
        return task;
    }

    private LiveTask? Take() => _ready.Take(s_none);

    private List<LiveTask> TakeAll()
    {
        List<LiveTask> all = [];
        while (Take() is { } task)
            all.Add(task);
        return all;
    }
}
