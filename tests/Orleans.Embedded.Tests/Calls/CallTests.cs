using Orleans;
using Orleans.Concurrency;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Gristmill.EmbeddedEngine.Tests.Calls;

/// <summary>Runs on this engine only: on its clock, or with promises that Orleans does not make (order, and what never runs).</summary>
public sealed class CallTests
{
    [Fact]
    public async Task ResponseTimeout_EndsTheWait_AndAWaitingCallNeverRuns()
    {
        await using TestSilo silo = await TestSilo.StartAsync();
        ICallGrain grain = silo.Grains.GetGrain<ICallGrain>("a");
        Task running = grain.Block();
        await silo.Board.Wait("blocking");
        Task<int> waiting = grain.Count();

        silo.Time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(running.IsCompleted || waiting.IsCompleted);
        silo.Time.Advance(TimeSpan.FromSeconds(3));

        await Assert.ThrowsAsync<TimeoutException>(() => running);
        await Assert.ThrowsAsync<TimeoutException>(() => waiting);
        silo.Board.Raise("go");
        Assert.Equal(1, await grain.Count());
    }

    [Fact]
    public async Task CancelledWhileWaiting_TheCallNeverRuns()
    {
        await using TestSilo silo = await TestSilo.StartAsync();
        ICallGrain grain = silo.Grains.GetGrain<ICallGrain>("a");
        Task running = grain.Block();
        await silo.Board.Wait("blocking");
        using CancellationTokenSource cancellation = new();
        Task<int> waiting = grain.Count(cancellation.Token);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        silo.Board.Raise("go");
        await running;

        Assert.Equal(1, await grain.Count());
    }

    [Fact]
    public async Task CallsOfOneCaller_RunInTheirOrder()
    {
        await using TestSilo silo = await TestSilo.StartAsync();
        ICallGrain grain = silo.Grains.GetGrain<ICallGrain>("a");

        int[] counts = await Task.WhenAll(Enumerable.Range(0, 1_000).Select(_ => grain.Count()));

        Assert.Equal(Enumerable.Range(1, 1_000), counts);
    }

    [Fact]
    public async Task BlockedTurns_StopNobodyElse()
    {
        await using TestSilo silo = await TestSilo.StartAsync();
        int blocked = Environment.ProcessorCount + 60;
        Task[] calls = [.. Enumerable.Range(0, blocked).Select(i => silo.Grains.GetGrain<ICallGrain>($"blocked {i}").BlockThread())];

        // Every one of them holds a thread before the other grain is asked. The pool alone would take half a second for each.
        await Task.WhenAll(Enumerable.Range(0, blocked).Select(i => silo.Board.Wait($"blocked {i}")));
        Task<int> other = silo.Grains.GetGrain<ICallGrain>("free").Count();

        Assert.Equal(1, await other.WaitAsync(TimeSpan.FromSeconds(10)));
        silo.Board.Gate.Set();
        await Task.WhenAll(calls);
    }

    [Fact]
    public async Task InterleavingRuleThatBlocks_KeepsTheTimeoutsOfNobodyElse()
    {
        await using TestSilo silo = await TestSilo.StartAsync();
        IBlockingRuleGrain ruled = silo.Grains.GetGrain<IBlockingRuleGrain>("a");
        Task running = ruled.Block();
        await silo.Board.Wait("blocking");
        Task asked = Task.Run(ruled.Call);
        await silo.Board.Wait("rule asked");
        ICallGrain grain = silo.Grains.GetGrain<ICallGrain>("b");
        Task other = grain.Block();

        Task sweeps = Task.Run(() => silo.Time.Advance(TimeSpan.FromSeconds(32)));

        try
        {
            await Assert.ThrowsAsync<TimeoutException>(() => other.WaitAsync(TimeSpan.FromSeconds(20)));
            Assert.True(other.IsFaulted, "The other call did not time out within 20 s.");
        }
        finally
        {
            silo.Board.Gate.Set();
        }

        // Looked at again once the rule has answered: this asks for the gate.
        await sweeps;
        _ = ((Activation)silo.Engine.Catalog.GetTarget(ruled.GetGrainId())).ActivationId;
        silo.Time.Advance(TimeSpan.FromSeconds(2));
        await Assert.ThrowsAsync<TimeoutException>(() => running.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.True(running.IsFaulted, "The call beside the rule did not time out.");
        silo.Board.Raise("go");
        await Assert.ThrowsAsync<TimeoutException>(() => asked);
    }

    [Fact]
    public async Task Stop_EndsTheWaitOfACallerWithoutATimeout()
    {
        await using TestSilo silo = await TestSilo.StartAsync(
            builder => builder.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = Timeout.InfiniteTimeSpan));
        Task call = silo.Grains.GetGrain<ICallGrain>("a").Block();
        await silo.Board.Wait("blocking");

        using CancellationTokenSource timeIsOver = new();
        Task stop = silo.StopAsync(timeIsOver.Token);
        await timeIsOver.CancelAsync();
        await stop;

        await Assert.ThrowsAsync<SiloUnavailableException>(() => call.WaitAsync(TimeSpan.FromSeconds(20)));
        silo.Board.Raise("go");
    }

    [Fact]
    public async Task Reference_OutlivesItsActivation()
    {
        await using TestSilo silo = await TestSilo.StartAsync();
        ICallGrain grain = silo.Grains.GetGrain<ICallGrain>("a");
        Assert.Equal(1, await grain.Count());

        await silo.Management.ForceActivationCollection(TimeSpan.Zero);
        await silo.Board.Wait("a gone");

        Assert.Equal(1, await grain.Count());
    }

    [Fact]
    public Task ConcurrentCalls_WithCancellationsAndFailures_GetTheirOwnAnswers() => RunMixAsync(callers: 50, callsEach: 200);

    [Fact(Explicit = true), Trait("Category", "Soak")]
    public Task ConcurrentCalls_Soak() => RunMixAsync(callers: 200, callsEach: 50_000);

    // Requests are pooled: an answer that reaches the wrong caller, or a call that runs beside another, shows here.
    private static async Task RunMixAsync(int callers, int callsEach)
    {
        int seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        await using TestSilo silo = await TestSilo.StartAsync();

        await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            Random random = new(seed + caller);
            for (int i = 0; i < callsEach; i++)
                await CallAsync(silo.Grains.GetGrain<ICallGrain>($"grain {random.Next(8)}"), random);
        })));
    }

    private static async Task CallAsync(ICallGrain grain, Random random)
    {
        int number = random.Next();
        switch (random.Next(8))
        {
            case 0:
                await grain.Deactivate();
                break;
            case 1 or 2:
                Assert.Equal($"{number}", (await Assert.ThrowsAsync<InvalidOperationException>(() => grain.Echo(number, throws: true, default))).Message);
                break;
            case 3 or 4:
                using (CancellationTokenSource cancellation = new())
                {
                    Task<int> call = grain.Echo(number, throws: false, cancellation.Token);
                    if (random.Next(2) == 0)
                        await Task.Yield();
                    await cancellation.CancelAsync();
                    try
                    {
                        Assert.Equal(number, await call);
                    }
                    catch (OperationCanceledException e)
                    {
                        Assert.Equal(cancellation.Token, e.CancellationToken);
                    }
                }

                break;
            default:
                Assert.Equal(number, await grain.Echo(number, throws: false, default));
                break;
        }
    }
}

public interface ICallGrain : IGrainWithStringKey
{
    Task Block();

    Task BlockThread();

    Task<int> Count(CancellationToken cancellationToken = default);

    Task<int> Echo(int number, bool throws, CancellationToken cancellationToken);

    Task Deactivate();
}

public sealed class CallGrain(Board board) : Grain, ICallGrain
{
    private int _count;
    private int _running;

    public async Task Block()
    {
        board.Raise("blocking");
        await board.Wait("go");
    }

    public Task BlockThread()
    {
        board.Raise(this.GetPrimaryKeyString());
        board.Gate.Wait();
        return Task.CompletedTask;
    }

    public Task<int> Count(CancellationToken cancellationToken = default) => Task.FromResult(++_count);

    public async Task<int> Echo(int number, bool throws, CancellationToken cancellationToken)
    {
        if (++_running != 1)
            throw new NotSupportedException("Two calls run at once.");
        await Task.Yield();
        _running--;
        return throws ? throw new InvalidOperationException($"{number}") : number;
    }

    public Task Deactivate()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        board.Raise($"{this.GetPrimaryKeyString()} gone");
        return Task.CompletedTask;
    }
}

public interface IBlockingRuleGrain : IGrainWithStringKey
{
    Task Block();

    Task Call();
}

[MayInterleave(nameof(Rule))]
public sealed class BlockingRuleGrain(Board board) : Grain, IBlockingRuleGrain
{
    public bool Rule(IInvokable request)
    {
        if (request.GetMethodName() == nameof(Call))
        {
            board.Raise("rule asked");
            board.Gate.Wait();
        }

        return false;
    }

    public async Task Block()
    {
        board.Raise("blocking");
        await board.Wait("go");
    }

    public Task Call() => Task.CompletedTask;
}
