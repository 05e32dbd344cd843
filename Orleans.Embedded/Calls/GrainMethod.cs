using System.ComponentModel;
using System.Reflection;

namespace Orleans.CodeGeneration;

/// <summary>What is known of a grain method at compile time. Generated code makes one per method; immutable.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class GrainMethod(
    Type interfaceType,
    string name,
    Type[] parameterTypes,
    InvokeMethodOptions options = InvokeMethodOptions.None,
    long responseTimeoutTicks = 0,
    bool isCancellable = false)
{
    private MethodInfo? _info;

    public Type InterfaceType { get; } = interfaceType;

    public string Name { get; } = name;

    internal InvokeMethodOptions Options { get; } = options;

    internal TimeSpan? ResponseTimeout { get; } = responseTimeoutTicks > 0 ? TimeSpan.FromTicks(responseTimeoutTicks) : null;

    internal bool IsCancellable { get; } = isCancellable;

    // Looked up when a call filter asks, never on the way of a call.
    internal MethodInfo Info => _info ??= InterfaceType.GetMethod(Name, parameterTypes)
        ?? throw new MissingMethodException(InterfaceType.FullName, Name);

    public override string ToString() => $"{InterfaceType.Name}.{Name}";
}
