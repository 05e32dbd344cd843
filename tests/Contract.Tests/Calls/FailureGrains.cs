namespace Gristmill.Contract.Tests.Calls;

public interface IFailingGrain : IGrainWithStringKey
{
    Task ThrowAtOnce();

    Task<int> ThrowAfterAwait();

    Task ThrowOwn(int number);

    Task Cancelled();

    [ResponseTimeout("00:00:00.3")]
    Task Hang(string name);

    Task<bool> WaitForCancellation(string name, CancellationToken cancellationToken);

    [ResponseTimeout("00:00:00.3")]
    Task<bool> WaitBriefly(string name, CancellationToken cancellationToken);

    Task<int> Count(CancellationToken cancellationToken = default);

    Task Block(string name);
}

public sealed class FailingGrain : Grain, IFailingGrain
{
    private int _count;

    public Task ThrowAtOnce() => throw new InvalidOperationException("at once");

    public async Task<int> ThrowAfterAwait()
    {
        await Task.Yield();
        throw new InvalidOperationException("after an await");
    }

    public Task ThrowOwn(int number) => throw new NumberedException(number);

    public async Task Cancelled()
    {
        using CancellationTokenSource cancellation = new();
        await cancellation.CancelAsync();
        cancellation.Token.ThrowIfCancellationRequested();
    }

    public Task Hang(string name) => Signals.Wait(name);

    public async Task<bool> WaitForCancellation(string name, CancellationToken cancellationToken)
    {
        TaskScheduler mine = TaskScheduler.Current;
        TaskCompletionSource<bool> cancelled = new();
        await using CancellationTokenRegistration registration = cancellationToken.Register(
            () => cancelled.SetResult(TaskScheduler.Current == mine), useSynchronizationContext: false);
        Signals.Raise($"{name}-begun");
        bool inTurn = await cancelled.Task;
        Signals.Raise(inTurn ? $"{name}-cancelled-in-turn" : $"{name}-cancelled-outside");
        return inTurn;
    }

    public Task<bool> WaitBriefly(string name, CancellationToken cancellationToken) => WaitForCancellation(name, cancellationToken);

    public Task<int> Count(CancellationToken cancellationToken = default) => Task.FromResult(++_count);

    public async Task Block(string name)
    {
        Signals.Raise($"{name}-begun");
        await Signals.Wait($"{name}-go");
    }
}

[GenerateSerializer, Alias("contract.NumberedException")]
public sealed class NumberedException(int number) : Exception($"number {number}")
{
    [Id(0)]
    public int Number { get; } = number;
}
