using System.Collections.Immutable;

namespace Gristmill.Grains;

// Gristmill.Abstractions depends on nothing, so the grain engine learns here how its types travel.

/// <summary>The form in which a <see cref="TaskId"/> crosses a grain call.</summary>
[GenerateSerializer, Immutable, Alias("gm.TaskId")]
public readonly record struct TaskIdSurrogate([property: Id(0)] ulong Upper, [property: Id(1)] ulong Lower);

[RegisterConverter]
public sealed class TaskIdConverter : IConverter<TaskId, TaskIdSurrogate>
{
    public TaskId ConvertFromSurrogate(in TaskIdSurrogate surrogate) => new(new UInt128(surrogate.Upper, surrogate.Lower));

    public TaskIdSurrogate ConvertToSurrogate(in TaskId value) => new((ulong)(value.Value >> 64), (ulong)value.Value);
}

/// <summary>The form in which a <see cref="TaskError"/> crosses a grain call.</summary>
[GenerateSerializer, Immutable, Alias("gm.TaskError")]
public readonly record struct TaskErrorSurrogate(
    [property: Id(0)] string Code,
    [property: Id(1)] string Message,
    [property: Id(2)] bool IsTransient,
    [property: Id(3)] ImmutableDictionary<string, string> Fields,
    [property: Id(4)] TimeSpan? RetryAfter);

[RegisterConverter]
public sealed class TaskErrorConverter : IConverter<TaskError, TaskErrorSurrogate>
{
    public TaskError ConvertFromSurrogate(in TaskErrorSurrogate surrogate) =>
        new(surrogate.Code, surrogate.Message, surrogate.IsTransient) { Fields = surrogate.Fields, RetryAfter = surrogate.RetryAfter };

    public TaskErrorSurrogate ConvertToSurrogate(in TaskError value) =>
        new(value.Code, value.Message, value.IsTransient, value.Fields, value.RetryAfter);
}

/// <summary>
/// A failure of Gristmill's own, thrown across a grain call: the silo's call filter turns every <see cref="GristmillException"/> into one, so
/// that its data arrives whole with either grain engine. It is an <see cref="OrleansException"/> because a grain engine wraps whatever else a
/// grain's storage throws.
/// </summary>
[GenerateSerializer, Alias("gm.GrainCallException")]
public sealed class GrainCallException(TaskError error) : OrleansException(error.Message)
{
    [Id(0)]
    public TaskError Error { get; } = error;
}
