using System.ComponentModel;
using Gristmill.Grains.Tasks;

namespace Gristmill.Client.Tasks;

/// <summary>What became of one task of a request.</summary>
internal sealed record TaskReceipt(
    [property: Description("Missing when the task was refused.")] string? Id = null,
    [property: Description("Its status now.")] string? Status = null,
    [property: Description("Why it was refused; beside an id, why it is not known whether it was accepted.")] TaskErrorView? Error = null,
    [property: Description("The task that this one repeats.")] string? RetryOf = null)
{
    public static TaskReceipt Of(TaskId id, TaskState state) => new(id.ToString(), TaskStates.NameOf(state));

    public static TaskReceipt Of(SubmitReply reply)
    {
        if (reply.Error is not { } error)
            return Of(reply.Id, reply.State);
        return new TaskReceipt(IsUnknown(reply) ? reply.Id.ToString() : null, Error: TaskErrorView.Of(error));
    }

    /// <summary>Only where no partition could answer for it may a task be there all the same.</summary>
    public static bool IsUnknown(SubmitReply reply) => reply is { Error.Code: ErrorCodes.Timeout or ErrorCodes.Unavailable } && reply.Id != default;
}

/// <summary>What a call for many tasks has done.</summary>
internal sealed record TaskSweepResult(
    [property: Description("Tasks that the filter found.")] int Matched,
    [property: Description("Of those, how many are cancelled or asked to stop.")] int? Cancelled = null,
    [property: Description("Of those, how many have a new task.")] int? Retried = null,
    [property: Description("true when tasks are left: send the same filter with the cursor.")] bool More = false,
    string? Cursor = null,
    [property: Description("Why some could not be tried; the cursor goes on behind the matched.")] TaskErrorView? Error = null);
