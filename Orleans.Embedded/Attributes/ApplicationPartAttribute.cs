namespace Orleans;

/// <summary>
/// Names an assembly that holds grains or grain interfaces. Written by generated code, so that a silo finds assemblies that are
/// not loaded yet.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
public sealed class ApplicationPartAttribute(string assemblyName) : Attribute
{
    public string AssemblyName { get; } = assemblyName;
}
