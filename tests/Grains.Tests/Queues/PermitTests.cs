using System.Diagnostics;
using Gristmill.Grains.Queues;
using Gristmill.Grains.Tasks;

namespace Gristmill.Grains.Tests.Queues;

public sealed class PermitTests
{
    private static readonly RateLimit s_hourly = new(1, TimeSpan.FromHours(1));
    private static readonly RateLimit s_rate = new(6, TimeSpan.FromSeconds(2));

    public static TheoryData<QueueLimits, int> Chaos => new()
    {
        { new QueueLimits(MaxConcurrency: 3), 1 },
        { new QueueLimits(MaxConcurrency: 1), 2 },
        { new QueueLimits(Rate: s_rate), 3 },
        { new QueueLimits(MaxConcurrencyPerKey: 2), 4 },
        { new QueueLimits(RatePerKey: s_rate), 5 },
        { new QueueLimits(MaxConcurrency: 2, Rate: s_rate), 7 },
        { new QueueLimits(MaxConcurrencyPerKey: 1, RatePerKey: s_rate), 8 },
        { new QueueLimits(MaxConcurrency: 3, RatePerKey: s_rate), 9 },
        { new QueueLimits(MaxConcurrency: 4, Rate: s_rate, MaxConcurrencyPerKey: 2, RatePerKey: new RateLimit(3, TimeSpan.FromSeconds(1))), 6 },
    };

    /// <summary>
    /// Calls and answers are delivered late, out of order or not at all; givers and partitions are replaced; wall clocks jump. No limit is
    /// ever passed, and once the network works every task runs.
    /// </summary>
    [Theory]
    [MemberData(nameof(Chaos), DisableDiscoveryEnumeration = true)]
    public void Limits_WhateverIsLost_AreNeverPassed(QueueLimits limits, int seed)
    {
        var random = new Random(seed);
        var world = new PermitWorld(limits, partitions: 4);
        for (int step = 0; step < 8_000; step++)
        {
            PermitWorld.Partition partition = world.Partitions[random.Next(world.Partitions.Count)];
            int dice = random.Next(1_000);
            if (dice < 60)
                partition.Add(random.Next(4) == 0 ? null : $"key {random.Next(3)}");
            else if (dice < 380)
                partition.TryStart();
            else if (dice < 400)
                partition.TryStartInVain(TimeSpan.FromMilliseconds(random.Next(100)));
            else if (dice < 550 && partition.RunningTasks.Count > 0)
                partition.End(partition.RunningTasks[random.Next(partition.RunningTasks.Count)]);
            else if (dice < 850 && world.MessageCount > 0)
                world.Deliver(random.Next(world.MessageCount));
            else if (dice < 900 && world.MessageCount > 0)
                world.Lose(random.Next(world.MessageCount));
            else if (dice < 980)
                world.Pass(TimeSpan.FromMilliseconds(random.Next(40)));
            else if (dice < 990)
                world.EndPatience();
            else if (dice < 995)
                world.ReplaceGiver();
            else if (dice < 998)
                world.RestartPartition(random.Next(world.Partitions.Count));
            else
                (random.Next(2) == 0 ? world.GiverTime : world.PartitionTime).Ahead = TimeSpan.FromSeconds(random.Next(-3_600, 3_600));
            AssertWithin(limits, world);
        }

        RunDry(limits, world);
    }

    [Fact]
    public void OnePermit_GoesRoundThePartitionsThatWaitForIt()
    {
        var world = new PermitWorld(new QueueLimits(MaxConcurrency: 1), partitions: 3);
        foreach (PermitWorld.Partition partition in world.Partitions)
        {
            for (int i = 0; i < 50; i++)
                partition.Add(null);
        }

        var started = new HashSet<int>();
        for (int round = 0; round < 40 && started.Count < 3; round++)
        {
            Settle(world);
            PermitWorld.Partition? runs = world.Partitions.FirstOrDefault(partition => partition.TryStart());
            Assert.NotNull(runs);
            started.Add(runs.Number);
            world.Pass(TimeSpan.FromMilliseconds(300));
            runs.End(runs.RunningTasks[0]);
        }

        Assert.Equal(3, started.Count);
    }

    [Fact]
    public void LimitBelowWhatRuns_IsNotUsedAgainByTheNextTaskHere()
    {
        var permits = new QueuePermits(new QueueSettings("q", new QueueLimits(MaxConcurrency: 2), IsPaused: false, Version: 1), TimeProvider.System);
        permits.Take(new PermitReply(Guid.NewGuid(), IsCurrent: true, new Permits(2, 0), [], ValidFor: null, default), sentAt: default);
        permits.Started(key: null);
        permits.Started(key: null);

        permits.Follow(permits.Settings with { Limits = new QueueLimits(MaxConcurrency: 1), Version = 2 });
        Assert.Equal(2, permits.Holding().Run);
        permits.Ended(key: null);

        Assert.False(permits.IsOpen);
        Assert.Equal(1, permits.Holding().Run);
    }

    [Fact]
    public void KeyAtItsLimit_HoldsUpNoOther()
    {
        var world = new PermitWorld(new QueueLimits(MaxConcurrencyPerKey: 1), partitions: 1);
        PermitWorld.Partition partition = world.Partitions[0];
        for (int i = 0; i < 100; i++)
            partition.Add("busy");
        partition.Add("other");
        Settle(world);

        Assert.True(partition.TryStart());
        Settle(world);
        Assert.True(partition.TryStart());
        Settle(world);
        Assert.False(partition.TryStart());

        Assert.Equal(["busy", "other"], partition.RunningTasks.Select(task => task.Stored.QueueKey).Order(StringComparer.Ordinal));
        Assert.Contains("key 'busy'", partition.Ready.PermitsOf(PermitWorld.Queue)!.WhyShut("busy"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("key")]
    public void Rate_OfATaskWhoseGroupWasNotStored_IsNotUsedUp(string? key)
    {
        var world = new PermitWorld(key is null ? new QueueLimits(Rate: s_hourly) : new QueueLimits(RatePerKey: s_hourly), partitions: 1);
        PermitWorld.Partition partition = world.Partitions[0];
        partition.Add(key);
        Settle(world);

        partition.TryStartInVain(TimeSpan.Zero);
        Assert.True(partition.TryStart());

        partition.Add(key);
        Settle(world);
        Assert.False(partition.TryStart());
    }

    [Fact]
    public void Rate_AfterARest_GivesAllOfItAtOnce()
    {
        var world = new PermitWorld(new QueueLimits(Rate: s_rate), partitions: 2);
        for (int i = 0; i < 20; i++)
            world.Partitions[i % 2].Add(null);
        Settle(world);

        foreach (PermitWorld.Partition partition in world.Partitions)
            StartAll(partition);

        Assert.Equal(s_rate.Limit, world.Starts.Count);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(-1, 0)]
    [InlineData(0, 1)]
    [InlineData(0, -1)]
    public void WallClocksThatDifferOrJump_NeitherPassARateNorHoldItUp(int giverHoursAhead, int jumpHours)
    {
        var limits = new QueueLimits(Rate: s_rate);
        var world = new PermitWorld(limits, partitions: 2);
        world.GiverTime.Ahead = TimeSpan.FromHours(giverHoursAhead);
        PermitWorld.Partition holds = world.Partitions[0], starts = world.Partitions[1];
        AddTasks(holds, s_rate.Limit);
        Settle(world);
        world.GiverTime.Ahead += TimeSpan.FromHours(jumpHours);
        world.PartitionTime.Ahead += TimeSpan.FromHours(jumpHours);

        // What the first was given and has not used is counted no more.
        world.Pass(s_rate.Period * 2);
        AddTasks(starts, s_rate.Limit);
        Settle(world);
        StartAll(starts);
        Assert.Equal(s_rate.Limit, world.Starts.Count);
        StartAll(holds);

        AssertWithin(limits, world);
        RunDry(limits, world);
    }

    [Fact]
    public void PermitsThatACallHasWaitedFor_AreGoodWhenTheyCome()
    {
        var world = new PermitWorld(new QueueLimits(Rate: s_rate), partitions: 1);
        PermitWorld.Partition partition = world.Partitions[0];
        AddTasks(partition, 2 * s_rate.Limit);
        Settle(world);
        StartAll(partition);
        Settle(world);

        world.Pass(s_rate.Period + RateWindow.ValidityOf(s_rate));
        while (world.MessageCount > 0)
            world.Deliver(0);
        StartAll(partition);

        Assert.Equal(2 * s_rate.Limit, world.Starts.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(60)]
    [InlineData(400)]
    public void MoreKeysThanACallNames_AllGetTheirPermits_HoweverSlowTheNetwork(int oneWayMilliseconds)
    {
        var world = new PermitWorld(new QueueLimits(MaxConcurrencyPerKey: 1), partitions: 1);
        for (int i = 0; i < 600; i++)
            world.Partitions[0].Add($"key {i}");

        world.Run(TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(oneWayMilliseconds));

        Assert.Equal(600, world.Starts.Count);
    }

    [Fact]
    public void KeyAmongMoreThanACallNames_GetsItsTurnWhileTheOthersGetNothing()
    {
        var world = new PermitWorld(new QueueLimits(MaxConcurrencyPerKey: 1), partitions: 2);
        for (int i = 0; i < 600; i++)
            world.Partitions[0].Add($"key {i}");
        world.Run(TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(1));
        Assert.Equal(600, world.Starts.Count);

        for (int i = 0; i < 601; i++)
            world.Partitions[1].Add($"key {i}");
        world.Run(TimeSpan.FromSeconds(3), TimeSpan.FromMilliseconds(60));

        Assert.Equal("key 600", Assert.Single(world.Partitions[1].RunningTasks).Stored.QueueKey);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(20)]
    [InlineData(150)]
    public void KeysThatComeWhileACallIsUnderWay_LoseNoStartOfALongPeriod(int oneWayMilliseconds)
    {
        var world = new PermitWorld(new QueueLimits(RatePerKey: s_hourly), partitions: 1);
        int added = 0;

        world.Run(TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(oneWayMilliseconds), passed =>
        {
            if (passed.TotalMilliseconds % 4 == 0 && added < 200)
                world.Partitions[0].Add($"key {added++}");
        });

        Assert.Equal(200, world.Starts.Count);
    }

    /// <summary>The call or its answer is lost; which of both, its partition cannot know.</summary>
    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    public void StartGivenInAnAnswerThatIsLost_IsGivenAgain(int delivered, bool byKey)
    {
        var world = new PermitWorld(byKey ? new QueueLimits(RatePerKey: s_hourly) : new QueueLimits(Rate: s_hourly), partitions: 1);
        world.DeliverAll();
        world.Partitions[0].Add("key");
        LoseOneCall(world, delivered);

        world.Run(TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(1));

        Assert.Single(world.Starts);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void StartThatLapsed_IsGivenAgainThoughTheCallThatSaidSoIsLost(int delivered)
    {
        var limits = new QueueLimits(RatePerKey: s_hourly);
        var world = new PermitWorld(limits, partitions: 1);
        PermitWorld.Partition partition = world.Partitions[0];
        partition.Add("key");
        Settle(world);
        world.Pass(RateWindow.ValidityOf(s_hourly));

        // It is noticed by the one who looks for a task, too late.
        Assert.False(partition.TryStart());
        LoseOneCall(world, delivered);
        world.Run(TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(1));
        Assert.Single(world.Starts);

        // It is taken back once, not twice.
        partition.Add("key");
        world.Run(TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(1));
        Assert.Single(world.Starts);
    }

    [Fact]
    public void ManyKeysWithinOnePeriod_CostTheGiverAsMuchEach()
    {
        const int Keys = 200_000;
        var giver = new PermitGiver(Guid.NewGuid(), TimeProvider.System);
        giver.Follow(new QueueSettings("q", new QueueLimits(RatePerKey: s_hourly), IsPaused: false, Version: 1), isNew: true);
        var nothing = new LapsedPermits(0, [], default, SaidBy: 1);
        long began = Stopwatch.GetTimestamp();
        for (int call = 0; call < Keys / 200; call++)
        {
            KeyPermits[] wanted = [.. Enumerable.Range(200 * call, 200).Select(key => new KeyPermits($"key {key}", new Permits(0, 1)))];
            giver.Begin(new PermitRequest(0, Epoch: 1, call + 1, Guid.Empty, new PermitHolding(0, []), default, [.. wanted], nothing, TimeSpan.FromSeconds(1), 0));
        }

        // Less than a second, unless each key costs a look at all others.
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(60));
    }

    private static void LoseOneCall(PermitWorld world, int delivered)
    {
        world.Pass(TimeSpan.FromMilliseconds(20));
        Assert.Equal(1, world.MessageCount);
        for (int i = 0; i < delivered; i++)
            world.Deliver(0);
        Assert.Equal(1, world.MessageCount);
        world.Lose(0);
    }

    private static void AddTasks(PermitWorld.Partition partition, int count)
    {
        for (int i = 0; i < count; i++)
            partition.Add(null);
    }

    private static void StartAll(PermitWorld.Partition partition)
    {
        while (partition.TryStart())
        {
        }
    }

    private static void RunDry(QueueLimits limits, PermitWorld world)
    {
        for (int round = 0; world.Waiting + world.Running > 0; round++)
        {
            Assert.True(round < 20_000, $"{world.Waiting} tasks wait for ever.");
            Settle(world);
            // Whoever was to hurry may not have heard of it.
            world.EndPatience();
            foreach (PermitWorld.Partition partition in world.Partitions)
            {
                while (partition.TryStart())
                    AssertWithin(limits, world);
                foreach (LiveTask task in partition.RunningTasks.ToArray())
                    partition.End(task);
            }
        }
    }

    private static void Settle(PermitWorld world)
    {
        world.DeliverAll();
        world.Pass(TimeSpan.FromMilliseconds(20));
        world.DeliverAll();
    }

    private static void AssertWithin(QueueLimits limits, PermitWorld world)
    {
        if (limits.MaxConcurrency is { } max)
            Assert.InRange(world.Running, 0, max);
        if (limits.MaxConcurrencyPerKey is { } maxPerKey)
        {
            foreach (IGrouping<string?, LiveTask> key in world.AllRunning.Where(task => task.Stored.QueueKey is not null).GroupBy(task => task.Stored.QueueKey))
                Assert.InRange(key.Count(), 0, maxPerKey);
        }

        DateTimeOffset now = world.Time.GetUtcNow();
        if (limits.Rate is { } rate)
            Assert.InRange(world.Starts.Count(start => start.At > now - rate.Period), 0, rate.Limit);
        if (limits.RatePerKey is { } ratePerKey)
        {
            foreach (var key in world.Starts.Where(start => start.Key is not null && start.At > now - ratePerKey.Period).GroupBy(start => start.Key))
                Assert.InRange(key.Count(), 0, ratePerKey.Limit);
        }
    }
}
