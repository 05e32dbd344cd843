using System.Collections.Immutable;

namespace Gristmill.CodeGeneration;

/// <summary>Says of an assembly which task kinds it defines. The generator puts one on every assembly that has any; hosts of plugins read it.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
public abstract class TaskKindSourceAttribute : Attribute
{
    public abstract ImmutableArray<TaskKind> Kinds { get; }
}
