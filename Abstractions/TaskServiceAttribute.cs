namespace Gristmill;

/// <summary>
/// Marks a parameter of a <see cref="TaskOperationAttribute"/> method that comes from <see cref="TaskContext.Services"/> and not from
/// the task's input. A missing service fails the task; a parameter with a default takes that instead.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class TaskServiceAttribute : Attribute;
