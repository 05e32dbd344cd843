using System.Net;
using Gristmill.Client.Tasks;
using Gristmill.Grains.Tasks;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gristmill.Client.Tests.Tasks;

public sealed class SiloDirectoryTests
{
    private static readonly SiloAddress s_first = SiloAddress.New(IPAddress.Loopback, 1, 1);
    private static readonly SiloAddress s_second = SiloAddress.New(IPAddress.Loopback, 2, 1);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly TaskCompletionSource<TaskOutcome> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task Task_WhoseSiloIsDead_IsGivenUp()
    {
        TimeoutException failure = await Assert.ThrowsAsync<TimeoutException>(
            () => RunAsync(() => Silos((s_first, SiloStatus.Active)), () => Silos((s_first, SiloStatus.Dead), (s_second, SiloStatus.Active))));

        Assert.Contains($"Silo {s_first.ToParsableString()} is dead", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Task_WhoseSiloLeaves_OrIsNotKnown_OrIsNotToBeAskedAfter_IsWaitedFor()
    {
        TaskOutcome outcome = await RunAsync(
            () => Silos((s_first, SiloStatus.Active)),
            () => Silos((s_first, SiloStatus.ShuttingDown)),
            () => Silos((s_second, SiloStatus.Active)),
            () => throw new TimeoutException("Nobody says who is there."),
            () =>
            {
                _end.TrySetResult(new TaskOutcome(TaskState.Succeeded, default, null, 1, null, default, s_first.ToParsableString()));
                return Silos();
            });

        Assert.Equal(TaskState.Succeeded, outcome.State);
    }

    /// <summary>Runs a task, and answers each look at the silos with the next of the lists.</summary>
    private Task<TaskOutcome> RunAsync(params Func<Dictionary<SiloAddress, SiloStatus>>[] lists)
    {
        int looks = 0;
        IManagementGrain management = Stub.Of<IManagementGrain>(_ => Task.FromResult(lists[looks < lists.Length - 1 ? looks++ : looks]()));
        ITaskExecutorGrain executor = Stub.Of<ITaskExecutorGrain>(_ => _end.Task);
        IGrainFactory grains = Stub.Of<IGrainFactory>(method => method.ReturnType == typeof(IManagementGrain) ? management : executor);
        var silos = new SiloDirectory(grains, new HastyTime(), NullLogger<SiloDirectory>.Instance);
        return silos.RunAsync(new DirectTask(TaskId.New(0, TimeProvider.System), "k", default), TestContext.Current.CancellationToken)
            .AsTask().WaitAsync(s_patience, TestContext.Current.CancellationToken);
    }

    private static Dictionary<SiloAddress, SiloStatus> Silos(params (SiloAddress Silo, SiloStatus Status)[] silos) =>
        silos.ToDictionary(silo => silo.Silo, silo => silo.Status);

    /// <summary>Whatever is waited for is over at once, and every look at it finds that nine more seconds have passed.</summary>
    private sealed class HastyTime : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Add(ref _now, TimeSpan.FromSeconds(9).Ticks);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
