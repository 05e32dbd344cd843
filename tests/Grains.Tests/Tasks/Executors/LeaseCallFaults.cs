using System.Collections;
using System.Collections.Concurrent;
using Gristmill.Grains.Tasks;

namespace Gristmill.Grains.Tests.Tasks.Executors;

/// <summary>Makes calls of executors fail as a test says.</summary>
internal sealed class LeaseCallFaults : IIncomingGrainCallFilter
{
    private readonly ConcurrentDictionary<long, SemaphoreSlim> _heartbeats = [];
    private readonly TaskCompletionSource _hung = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _unansweredGrants;
    private int _unansweredCompletions;
    private long _hungPartition = -1;

    /// <summary>The next answer that holds grants is lost.</summary>
    public void LoseNextGrants() => _unansweredGrants = 1;

    /// <summary>The next answer to completions is lost.</summary>
    public void LoseNextCompletionAnswer() => _unansweredCompletions = 1;

    /// <summary>Heartbeats to the partition get no answer until the test is over.</summary>
    public void HangHeartbeats(int partition) => _hungPartition = partition;

    public void StopHanging() => _hung.TrySetResult();

    /// <summary>Waits until that many more heartbeats have reached the partition.</summary>
    public async Task HeartbeatsAsync(int partition, int count)
    {
        for (int i = 0; i < count; i++)
            Assert.True(await Of(partition).WaitAsync(TimeSpan.FromSeconds(30)), $"Heartbeat {i + 1} of {count} to partition {partition} did not come.");
    }

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        if (context.InterfaceMethod?.DeclaringType != typeof(ITaskLeaseGrain))
        {
            await context.Invoke();
            return;
        }

        string method = context.InterfaceMethod.Name;
        long partition = context.TargetId.GetIntegerKey();
        if (method == nameof(ITaskLeaseGrain.HeartbeatAsync))
        {
            Of(partition).Release();
            if (Interlocked.Read(ref _hungPartition) == partition)
                await _hung.Task.WaitAsync(TimeSpan.FromSeconds(60));
        }

        await context.Invoke();
        if (method == nameof(ITaskLeaseGrain.LeaseAsync) && context.Result is ICollection { Count: > 0 } && Interlocked.Exchange(ref _unansweredGrants, 0) == 1)
            throw new TimeoutException("The answer was lost.");
        if (method == nameof(ITaskLeaseGrain.CompleteAsync) && Interlocked.Exchange(ref _unansweredCompletions, 0) == 1)
            throw new TimeoutException("The answer was lost.");
    }

    private SemaphoreSlim Of(long partition) => _heartbeats.GetOrAdd(partition, static _ => new SemaphoreSlim(0));
}
