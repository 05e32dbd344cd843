using System.Buffers;

namespace Gristmill.Engine.Tests.Tasks;

/// <summary>What goes wrong between a task's admission and its place in the queue must leave no trace.</summary>
public sealed class AdmissionTests
{
    private static readonly LambdaKind s_plain = new("test.plain", (input, _) => new(input));

    [Fact]
    public async Task RunAsync_InputIsDisposedOf_LeavesNothingBehind()
    {
        TaskEngine engine = TaskEngine.Create(e => e.Workers(1).QueueCapacity(1).Kinds(s_plain));
        using var gone = new GoneMemory();

        for (int i = 0; i < 2; i++)
        {
            await Assert.ThrowsAsync<ObjectDisposedException>(() => Within.Time(
                engine.RunAsync(s_plain.Name, new TaskPayload(gone.Memory), TaskRunOptions.Default), "the task without an input"));
        }

        await AssertUnusedAndDrainAsync(engine);
    }

    [Fact]
    public async Task RunAsync_ClockThrows_LeavesNothingBehind()
    {
        var clock = new FaultyClock();
        TaskEngine engine = TaskEngine.Create(e => e.Workers(1).QueueCapacity(1).Kinds(s_plain).TimeProvider(clock));

        for (int i = 0; i < 2; i++)
        {
            clock.FaultyThread = Environment.CurrentManagedThreadId;
            ValueTask<long> typed = engine.RunAsync(new LambdaRequest(s_plain, 1));
            ValueTask<TaskRunResult> encoded = engine.RunAsync(s_plain.Name, new TaskPayload("1"u8.ToArray()), TaskRunOptions.Default);
            clock.FaultyThread = 0;
            await Assert.ThrowsAsync<NotSupportedException>(() => Within.Time(typed, "the typed task"));
            await Assert.ThrowsAsync<NotSupportedException>(() => Within.Time(encoded, "the encoded task"));
        }

        await AssertUnusedAndDrainAsync(engine);
    }

    private static async Task AssertUnusedAndDrainAsync(TaskEngine engine)
    {
        EngineSnapshot snapshot = engine.Snapshot();
        Assert.Equal((0, 0, 0), (snapshot.Tasks.Waiting, snapshot.Tasks.InFlight, snapshot.Memory.LiveBuffers));
        Assert.Equal(5, await Within.Time(engine.RunAsync(new LambdaRequest(s_plain, 5)), "a task in the one place"));
        await Within.Time(engine.StopAsync(EngineStop.Drain).AsTask(), "the drain");
    }

    private sealed class GoneMemory : MemoryManager<byte>
    {
        public override Memory<byte> Memory => CreateMemory(100);

        public override Span<byte> GetSpan() => throw new ObjectDisposedException(nameof(GoneMemory));

        public override MemoryHandle Pin(int elementIndex = 0) => throw new ObjectDisposedException(nameof(GoneMemory));

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }

    private sealed class FaultyClock : TimeProvider
    {
        private volatile int _faultyThread;

        public int FaultyThread
        {
            set => _faultyThread = value;
        }

        public override long GetTimestamp() =>
            Environment.CurrentManagedThreadId == _faultyThread ? throw new NotSupportedException() : base.GetTimestamp();
    }
}
