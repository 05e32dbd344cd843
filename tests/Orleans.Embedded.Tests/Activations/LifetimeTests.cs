using Orleans;
using Orleans.CodeGeneration;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Gristmill.EmbeddedEngine.Tests.Activations;

/// <summary>Runs on this engine only: on its clock, and with failures and ends that Orleans words or counts in another way.</summary>
public sealed class LifetimeTests
{
    [Fact]
    public async Task ActivationThatTakesTooLong_FailsItsCalls()
    {
        await using TestSilo silo = await TestSilo.StartAsync();
        Task call = silo.Grains.GetGrain<ILifetimeGrain>("hang in activation").Call();
        await silo.Board.Wait("activating");

        silo.Time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(call.IsCompleted);
        silo.Time.Advance(TimeSpan.FromSeconds(1));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task GrainThatEndsInEveryActivation_RefusesTheCall()
    {
        await using TestSilo silo = await TestSilo.StartAsync();

        await Assert.ThrowsAnyAsync<OrleansMessageRejectionException>(() => silo.Grains.GetGrain<ILifetimeGrain>("end in activation").Call());
    }

    [Fact]
    public async Task DeactivationThatTakesTooLong_IsGivenUp_AndTheGrainLivesOn()
    {
        await using TestSilo silo = await TestSilo.StartAsync();
        ILifetimeGrain grain = silo.Grains.GetGrain<ILifetimeGrain>("hang in deactivation");
        await grain.Deactivate();
        await silo.Board.Wait("deactivating");
        Task next = grain.Call();

        silo.Time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(next.IsCompleted);
        silo.Time.Advance(TimeSpan.FromSeconds(1));

        await next.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Grain_IsDisposedWithItsServices()
    {
        await using TestSilo silo = await TestSilo.StartAsync();
        await silo.Grains.GetGrain<ILifetimeGrain>("dispose").Deactivate();

        await silo.Board.Wait("disposed");
    }

    [Fact]
    public async Task ConstructorThatThrows_FailsTheCall()
    {
        await using TestSilo silo = await TestSilo.StartAsync();

        Assert.Equal("no grain", (await Assert.ThrowsAsync<NotSupportedException>(() => silo.Grains.GetGrain<IUnmakeableGrain>("a").Call())).Message);
    }

    [Fact]
    public async Task MissingStorage_FailsTheCall_AndNamesTheStorage()
    {
        await using TestSilo silo = await TestSilo.StartAsync();

        OrleansException e = await Assert.ThrowsAnyAsync<OrleansException>(() => silo.Grains.GetGrain<IStorelessGrain>("a").Call());
        Assert.Contains("\"nowhere\"", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task InterleavingRule_ThatThrows_FailsOnlyTheCallItWasAskedAbout()
    {
        await using TestSilo silo = await TestSilo.StartAsync();
        IRuledGrain grain = silo.Grains.GetGrain<IRuledGrain>("a");
        Task blocking = grain.Block();
        await silo.Board.Wait("blocking");

        await Assert.ThrowsAsync<NotImplementedException>(grain.Call);

        silo.Board.Raise("go");
        await blocking;
        await grain.Call();
    }

    [Fact]
    public async Task Worker_ThatIsEnding_GetsNoCalls()
    {
        await using TestSilo silo = await TestSilo.StartAsync();
        ISingleWorkerGrain worker = silo.Grains.GetGrain<ISingleWorkerGrain>(0);
        Guid first = await worker.Deactivate();

        Assert.NotEqual(first, await worker.Deactivate());
    }

    [Fact]
    public async Task ActivationMadeForACallerWhoGaveUp_BeginsAllTheSame()
    {
        await using TestSilo silo = await TestSilo.StartAsync();
        GrainId id = silo.Grains.GetGrain<ILifetimeGrain>("signal activation").GetGrainId();
        AnsweredRequest request = new();

        Assert.True(silo.Engine.Catalog.GetTarget(id).TryAccept(request));

        await silo.Board.Wait("activated");
    }

    [Fact]
    public async Task ActivationThatNeverBegan_IsNotCountedWhenItEnds()
    {
        await using TestSilo silo = await TestSilo.StartAsync();
        silo.Engine.Catalog.GetTarget(silo.Grains.GetGrain<ILifetimeGrain>("a").GetGrainId());
        await silo.Grains.GetGrain<ILifetimeGrain>("b").Call();
        Assert.Equal(1, silo.Engine.Metrics.ActiveCount);

        await silo.StopAsync();

        Assert.Equal((0, 0), (silo.GrainCount, silo.Engine.Metrics.ActiveCount));
    }

    [Fact]
    public async Task Stop_ThatIsCutShort_TellsTheGrainsThatEnd()
    {
        await using TestSilo silo = await TestSilo.StartAsync();
        await silo.Grains.GetGrain<ILifetimeGrain>("wait for the token").Call();
        using CancellationTokenSource timeIsOver = new();
        Task stop = silo.StopAsync(timeIsOver.Token);
        await silo.Board.Wait("waiting for the token");

        await timeIsOver.CancelAsync();

        await silo.Board.Wait("told");
        await stop;
    }

    [Fact]
    public async Task Workers_ThatHaveEnded_LeaveNothingBehind()
    {
        await using TestSilo silo = await TestSilo.StartAsync();
        for (int key = 0; key < 100; key++)
        {
            await silo.Grains.GetGrain<ISingleWorkerGrain>(key).Deactivate();
            await silo.Board.Wait($"worker {key} gone");
        }

        Assert.Equal(0, silo.GrainCount);
    }
}

public interface ILifetimeGrain : IGrainWithStringKey
{
    Task Call();

    Task Deactivate();
}

public sealed class LifetimeGrain(Board board) : Grain, ILifetimeGrain, IDisposable
{
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (this.GetPrimaryKeyString() == "hang in activation")
        {
            // Only after this turn does the engine's clock run.
            await Task.Yield();
            board.Raise("activating");
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        else if (this.GetPrimaryKeyString() == "end in activation")
        {
            DeactivateOnIdle();
        }
        else if (this.GetPrimaryKeyString() == "signal activation")
        {
            board.Raise("activated");
        }
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (this.GetPrimaryKeyString() == "wait for the token")
        {
            cancellationToken.Register(() => board.Raise("told"));
            board.Raise("waiting for the token");
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        if (this.GetPrimaryKeyString() != "hang in deactivation" || reason.ReasonCode == DeactivationReasonCode.ShuttingDown)
            return;
        await Task.Yield();
        board.Raise("deactivating");
        await new TaskCompletionSource().Task;
    }

    public Task Call() => Task.CompletedTask;

    public Task Deactivate()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public void Dispose() => board.Raise("disposed");
}

public interface IUnmakeableGrain : IGrainWithStringKey
{
    Task Call();
}

public sealed class UnmakeableGrain : Grain, IUnmakeableGrain
{
    public UnmakeableGrain() => throw new NotSupportedException("no grain");

    public Task Call() => Task.CompletedTask;
}

public interface IStorelessGrain : IGrainWithStringKey
{
    Task Call();
}

public sealed class StorelessGrain([PersistentState("state", "nowhere")] IPersistentState<int> state) : Grain, IStorelessGrain
{
    public Task Call() => Task.FromResult(state.State);
}

public interface IRuledGrain : IGrainWithStringKey
{
    Task Block();

    Task Call();
}

[MayInterleave(nameof(Rule))]
public sealed class RuledGrain(Board board) : Grain, IRuledGrain
{
    public static bool Rule(Orleans.Serialization.Invocation.IInvokable request) => throw new NotImplementedException(request.GetMethodName());

    public async Task Block()
    {
        board.Raise("blocking");
        await board.Wait("go");
    }

    public Task Call() => Task.CompletedTask;
}

public interface ISingleWorkerGrain : IGrainWithIntegerKey
{
    Task<Guid> Deactivate();
}

[StatelessWorker(1)]
public sealed class SingleWorkerGrain(Board board) : Grain, ISingleWorkerGrain
{
    private readonly Guid _instance = Guid.NewGuid();

    public Task<Guid> Deactivate()
    {
        long key = this.GetPrimaryKeyLong();
        GrainContext.Deactivated.ContinueWith(_ => board.Raise($"worker {key} gone"), TaskScheduler.Default);
        DeactivateOnIdle();
        return Task.FromResult(_instance);
    }
}

/// <summary>A call whose caller has been answered before it reached its grain.</summary>
internal sealed class AnsweredRequest : TaskRequest
{
    public AnsweredRequest()
        : base(new GrainMethod(typeof(ILifetimeGrain), nameof(ILifetimeGrain.Call), [])) => TryAnswer();

    public override int GetArgumentCount() => 0;

    public override object? GetArgument(int index) => throw new ArgumentOutOfRangeException(nameof(index));

    protected override Task Invoke(object grain) => throw new InvalidOperationException("Nobody waits for this call.");

    protected override void Clear()
    {
    }

    protected override void Return()
    {
    }
}
