using System.Collections.Immutable;
using Gristmill.Grains.Tasks;

namespace Gristmill.Grains.Tests.Tasks;

/// <summary>An executor played by a test.</summary>
internal sealed class TestExecutor(ITaskLeaseGrain partition, string silo)
{
    public string Name { get; } = ExecutorName.New(silo);

    public async Task<ImmutableArray<TaskGrant>> LeaseAsync(int credit = 1, TimeSpan? patience = null, params ImmutableArray<string> refusedKinds) =>
        await partition.LeaseAsync(new LeaseRequest(Name, credit, [.. refusedKinds.Select(Refused)], patience ?? TimeSpan.FromSeconds(10)));

    /// <summary>Waits for one task.</summary>
    public async Task<TaskGrant> TakeAsync()
    {
        // A partition ends the request of an executor that keeps silent for the lease period, as this one does.
        for (int i = 0; i < 10; i++)
        {
            if (await LeaseAsync() is [var grant])
                return grant;
        }

        throw new TimeoutException("No task was granted in ten lease periods.");
    }

    public async Task<CompletionReply> CompleteAsync(TaskGrant grant, GrantEnd end = GrantEnd.Succeeded, TaskError? error = null) =>
        Assert.Single(await CompleteAsync([End(grant, end, error)]));

    public async Task<ImmutableArray<CompletionReply>> CompleteAsync(params ImmutableArray<TaskCompletion> completions) =>
        await partition.CompleteAsync(Name, completions);

    /// <returns>The grants that it is to cancel.</returns>
    public async Task<IEnumerable<(TaskId Id, long Number)>> HeartbeatAsync(params IEnumerable<TaskGrant> held) =>
        (await partition.HeartbeatAsync(Name, [.. held.Select(Held)])).Select(grant => (grant.Id, grant.Grant));

    public async Task ReportAsync(TaskGrant grant, double progress) =>
        await partition.HeartbeatAsync(Name, [Held(grant) with { Progress = progress }]);

    /// <summary>Says that it runs a task alone.</summary>
    public async Task RunAloneAsync(TaskId task) => await partition.HeartbeatAsync(Name, [], task);

    public async Task LeaveAsync(params IEnumerable<TaskGrant> held) => await partition.LeaveAsync(Name, [.. held.Select(Held)]);

    public static TaskCompletion End(TaskGrant grant, GrantEnd end = GrantEnd.Succeeded, TaskError? error = null) =>
        new(grant.Id, grant.Number, end, end == GrantEnd.Succeeded ? """{"result":1}"""u8.ToArray() : default, error);

    private static RefusedKind Refused(string kind) => new(kind, $"'{kind}' has a rest.");

    private static HeldGrant Held(TaskGrant grant) => new(grant.Id, grant.Number, Progress: 0);
}
