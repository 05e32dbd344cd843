using System.Collections.Concurrent;
using Gristmill.Scheduling;

namespace Gristmill.Engine.Tests.Scheduling;

public sealed class ForkJoinTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Join_Recursive_GivesTheSumAndAllocatesNothingLater(int workers)
    {
        using var fixture = new PoolFixture(workers);
        long result = 0;
        for (int i = 0; i < 20; i++)
            Within.Time(fixture.Submit(() => result = new Fib(20).Run(ForkScope.Current)), "fib(20)");

        Assert.Equal(6765, result);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Join_HalfThrows_LeavesAfterBothEnded(bool firstThrows, bool secondThrows)
    {
        using var fixture = new PoolFixture(workers: 2);
        for (int i = 0; i < 200; i++)
        {
            Exception? thrown = null;
            int ended = 0;
            Within.Time(
                fixture.Submit(() => thrown = Record.Exception(() => ForkScope.Current.Join<Throwing, int, Throwing, int>(
                    new Throwing(firstThrows, "first", () => Interlocked.Increment(ref ended)),
                    new Throwing(secondThrows, "second", () => Interlocked.Increment(ref ended)),
                    out _,
                    out _))),
                "the join");

            Assert.Equal(firstThrows ? "first" : "second", thrown?.Message);
            // A second half that nobody had begun need not be.
            Assert.InRange(ended, firstThrows ? 1 : 2, 2);
        }
    }

    [Fact]
    public void Join_FirstHalfQueuesOtherWork_BothHalvesAndTheWorkRun()
    {
        using var fixture = new PoolFixture(workers: 1);
        using var others = new CountdownEvent(8);
        int halves = 0;
        Within.Time(
            fixture.Submit(() => ForkScope.Current.Join<Throwing, int, Throwing, int>(
                new Throwing(false, "", () =>
                {
                    halves++;
                    for (int i = 0; i < 8; i++)
                        fixture.Submit(() => others.Signal());
                }),
                new Throwing(false, "", () => halves++),
                out _,
                out _)),
            "the join");

        Assert.Equal(2, halves);
        Assert.True(others.Wait(TimeSpan.FromSeconds(30)), "the work queued by the first half");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1_000_003)]
    public void Reduce_AnyLength_CombinesInOrder(int length)
    {
        using var fixture = new PoolFixture(workers: 2);
        (int From, int To, long Sum) result = default;
        Within.Time(
            fixture.Submit(() => result = ParallelLoop.Reduce<Ranges, (int, int, long)>(0, length, new Ranges(), grain: 100)),
            "the loop");

        Assert.Equal((0, length, (long)length * (length - 1) / 2), result);
        Assert.Equal(result, ParallelLoop.Reduce<Ranges, (int, int, long)>(0, length, new Ranges()));
    }

    [Fact]
    public void WaitFor_RunsAnotherItem_EachSeesItsOwnAsyncLocals()
    {
        using var fixture = new PoolFixture(workers: 2);
        using var stolen = new ManualResetEventSlim();
        using var ran = new ManualResetEventSlim();
        var local = new AsyncLocal<string?>();
        string? inside = "nothing ran", after = null;
        ManualResetEventSlim joined = fixture.Submit(() =>
        {
            local.Value = "outer";
            // The other worker holds the second half until this one has run an item from outside.
            ForkScope.Current.Join<Throwing, int, Throwing, int>(
                new Throwing(false, "", () => stolen.Wait()),
                new Throwing(false, "", () =>
                {
                    stolen.Set();
                    ran.Wait();
                }),
                out _,
                out _);
            after = local.Value;
        });
        Within.Time(stolen, "the theft of the second half");
        fixture.Submit(() =>
        {
            inside = local.Value;
            local.Value = "inner";
            ran.Set();
        });
        Within.Time(joined, "the join");

        Assert.Null(inside);
        Assert.Equal("outer", after);
    }

    [Fact]
    public void WaitFor_WorkComesWhenTheWorkerSleepsInTheJoin_ItTakesPart()
    {
        using var fixture = new PoolFixture(workers: 2);
        using var forked = new ManualResetEventSlim();
        int owner = -1;
        var ran = new ConcurrentBag<int>();
        Within.Time(
            fixture.Submit(() => ForkScope.Current.Join<Throwing, int, Throwing, int>(
                new Throwing(false, "", () =>
                {
                    owner = Worker.Current!.Index;
                    forked.Wait();
                }),
                new Throwing(false, "", () =>
                {
                    forked.Set();
                    // The thief waits for the owner's sleep, and then for the owner to run what it pushes.
                    Within.Time(() => fixture.Pool.Idle.IsAsleep(owner), "the owner's sleep in the join");
                    using var taken = new ManualResetEventSlim();
                    for (int i = 0; i < 3; i++)
                    {
                        fixture.Submit(() =>
                        {
                            ran.Add(Worker.Current!.Index);
                            taken.Set();
                        });
                    }

                    Within.Time(taken, "an item that only the owner of the fork can take");
                }),
                out _,
                out _)),
            "the join");

        Assert.Contains(owner, ran);
    }

    [Fact]
    public void For_EmptyRange_DoesNotCallTheBody()
    {
        int calls = 0;
        ParallelLoop.For(5, 5, new Counting(() => calls++));
        Assert.Equal(0, calls);
    }

    private readonly struct Counting(Action call) : IRangeBody
    {
        public void Run(int from, int to) => call();
    }

    private readonly struct Throwing(bool throws, string message, Action effect) : IForkTask<int>
    {
        public int Run(ForkScope scope)
        {
            effect();
            return throws ? throw new InvalidOperationException(message) : 0;
        }
    }

    private readonly struct Ranges : IReduceBody<(int From, int To, long Sum)>
    {
        public (int From, int To, long Sum) Run(int from, int to)
        {
            long sum = 0;
            for (int i = from; i < to; i++)
                sum += i;
            return (from, to, sum);
        }

        public (int From, int To, long Sum) Combine((int From, int To, long Sum) left, (int From, int To, long Sum) right)
        {
            Assert.Equal(left.To, right.From);
            return (left.From, right.To, left.Sum + right.Sum);
        }
    }
}
