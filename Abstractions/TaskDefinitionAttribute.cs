namespace Gristmill;

/// <summary>
/// Marks a class whose operations become task kinds. On a static class named <c>…Handlers</c> the name is a prefix: every method
/// marked <see cref="TaskOperationAttribute"/> is a kind <c>prefix.method</c>, and the generator writes <c>…Task</c> with a factory for
/// each. On a class that implements <see cref="ITaskHandler{TInput,TOutput}"/> the name is the kind.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class TaskDefinitionAttribute(string name) : Attribute
{
    /// <summary>Lower-case words joined by dots.</summary>
    public string Name { get; } = name;

    /// <summary>How long a handler may run, such as "30s" or "5m"; null means 5 minutes.</summary>
    public string? Timeout { get; set; }

    /// <summary>Attempts in all; 0 means the default of 3.</summary>
    public int MaxAttempts { get; set; }

    /// <summary>The queue of tasks that name none; null means "default".</summary>
    public string? Queue { get; set; }
}

/// <summary>Marks a static method of a <see cref="TaskDefinitionAttribute"/> class as a task kind.</summary>
[AttributeUsage(AttributeTargets.Method, Inherited = false)]
public sealed class TaskOperationAttribute : Attribute
{
    /// <summary>The last part of the kind's name; null means the method's name in camel case.</summary>
    public string? Name { get; set; }

    /// <inheritdoc cref="TaskDefinitionAttribute.Timeout"/>
    public string? Timeout { get; set; }

    /// <inheritdoc cref="TaskDefinitionAttribute.MaxAttempts"/>
    public int MaxAttempts { get; set; }

    /// <inheritdoc cref="TaskDefinitionAttribute.Queue"/>
    public string? Queue { get; set; }

    /// <summary>The output property that holds a result that is no object of its own; null means "result".</summary>
    public string? Output { get; set; }
}
