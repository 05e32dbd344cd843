using System.Reflection;

namespace Orleans.Serialization.Invocation;

/// <summary>One call of a grain method, with its arguments. Valid until the call has ended: the engine reuses it.</summary>
public interface IInvokable
{
    int GetArgumentCount();

    object? GetArgument(int index);

    string GetMethodName();

    /// <summary>The full name of the interface that declares the method.</summary>
    string GetInterfaceName();

    /// <summary>Interface and method, for traces.</summary>
    string GetActivityName();

    Type GetInterfaceType();

    MethodInfo GetMethod();

    /// <summary>The grain; null until the call has reached it.</summary>
    object? GetTarget();

    CancellationToken GetCancellationToken();

    /// <summary>The method's own response time-out; null when the silo's default holds.</summary>
    TimeSpan? GetDefaultResponseTimeout();

    bool IsCancellable { get; }
}
