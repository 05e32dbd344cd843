using System.Reflection;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Orleans;

/// <summary>A call on its way through the call filters.</summary>
public interface IGrainCallContext
{
    /// <summary>The call and its arguments.</summary>
    IInvokable Request { get; }

    /// <summary>The grain itself (incoming) or the reference that is called (outgoing).</summary>
    object Grain { get; }

    MethodInfo InterfaceMethod { get; }

    GrainInterfaceType InterfaceType { get; }

    string InterfaceName { get; }

    string MethodName { get; }

    /// <summary>The calling grain; null when the caller is no grain.</summary>
    GrainId? SourceId { get; }

    GrainId TargetId { get; }

    /// <summary>The result once the call has ended; null before that and after a failure. A filter may set it.</summary>
    object? Result { get; set; }

    /// <summary>Result or exception once the call has ended; null before that. A filter may set it.</summary>
    Response? Response { get; set; }

    /// <summary>Goes on to the next filter, or to the method. Throws what the call threw.</summary>
    Task Invoke();
}

/// <summary>A call as its target's filters see it.</summary>
public interface IIncomingGrainCallContext : IGrainCallContext
{
    /// <summary>The grain class's own method.</summary>
    MethodInfo ImplementationMethod { get; }

    IGrainContext TargetContext { get; }
}

/// <summary>A call as its sender's filters see it.</summary>
public interface IOutgoingGrainCallContext : IGrainCallContext
{
    /// <summary>The calling grain; null when the caller is no grain.</summary>
    IGrainContext? SourceContext { get; }
}

/// <summary>Runs around every call of every grain of the silo, or, on a grain class, around the calls of that grain.</summary>
public interface IIncomingGrainCallFilter
{
    Task Invoke(IIncomingGrainCallContext context);
}

/// <summary>Runs around every call that is sent.</summary>
public interface IOutgoingGrainCallFilter
{
    Task Invoke(IOutgoingGrainCallContext context);
}

public delegate Task IncomingGrainCallFilterDelegate(IIncomingGrainCallContext context);

public delegate Task OutgoingGrainCallFilterDelegate(IOutgoingGrainCallContext context);
