using System.ComponentModel;

namespace Orleans.Runtime;

/// <summary>What all references of one interface to one grain class have in common. Immutable.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class GrainReferenceShared
{
    internal GrainReferenceShared(
        GrainEngine engine, GrainType grainType, Type interfaceType, Func<GrainReferenceShared, IdSpan, GrainReference> create)
    {
        Engine = engine;
        GrainType = grainType;
        InterfaceType = GrainInterfaceType.Create(interfaceType.FullName ?? interfaceType.Name);
        Create = create;
    }

    internal GrainEngine Engine { get; }

    internal GrainFactory Factory => Engine.Factory;

    internal GrainType GrainType { get; }

    internal GrainInterfaceType InterfaceType { get; }

    internal Func<GrainReferenceShared, IdSpan, GrainReference> Create { get; }
}
