namespace Gristmill.Client.Tasks;

/// <summary>The names of states as clients see them.</summary>
internal static class TaskStates
{
    public static readonly string All = string.Join(", ", Enum.GetValues<TaskState>().Select(NameOf));

    public static string NameOf(TaskState state) => state switch
    {
        TaskState.Scheduled => "scheduled",
        TaskState.Queued => "queued",
        TaskState.Running => "running",
        TaskState.Succeeded => "succeeded",
        TaskState.Failed => "failed",
        TaskState.Cancelled => "cancelled",
        TaskState.Expired => "expired",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "No such state."),
    };

    public static TaskState? Parse(string name) =>
        Enum.GetValues<TaskState>().Where(state => NameOf(state) == name).Select(state => (TaskState?)state).FirstOrDefault();
}
