using System.ComponentModel;
using System.Reflection;
using Orleans.Runtime;

namespace Orleans.CodeGeneration;

/// <summary>The grain interfaces and classes of one or more assemblies. Generated code fills it.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class GrainManifest
{
    internal Dictionary<Type, Func<GrainReferenceShared, IdSpan, GrainReference>> Interfaces { get; } = [];

    internal HashSet<Type> Classes { get; } = [];

    public void AddInterface(Type type, Func<GrainReferenceShared, IdSpan, GrainReference> create) => Interfaces[type] = create;

    public void AddClass(Type type) => Classes.Add(type);

    /// <summary>Reads the manifests of all loaded assemblies, and of those that they name as parts or refer to.</summary>
    internal static GrainManifest Discover()
    {
        GrainManifest manifest = new();
        HashSet<string> seen = [];
        Queue<Assembly> open = new(AppDomain.CurrentDomain.GetAssemblies());
        if (Assembly.GetEntryAssembly() is { } entry)
            open.Enqueue(entry);

        while (open.TryDequeue(out Assembly? assembly))
        {
            if (assembly.IsDynamic || !seen.Add(assembly.FullName!) || IsFramework(assembly.GetName().Name!))
                continue;
            foreach (GrainManifestAttribute part in assembly.GetCustomAttributes<GrainManifestAttribute>())
                ((IGrainManifestPart)Activator.CreateInstance(part.Type, nonPublic: true)!).Register(manifest);
            foreach (ApplicationPartAttribute part in assembly.GetCustomAttributes<ApplicationPartAttribute>())
                open.Enqueue(Assembly.Load(part.AssemblyName));
        }

        return manifest;
    }

    private static bool IsFramework(string name) =>
        name.StartsWith("System.", StringComparison.Ordinal) || name.StartsWith("Microsoft.", StringComparison.Ordinal);
}

/// <summary>Names the class of an assembly that fills a <see cref="GrainManifest"/>. Written by generated code.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class GrainManifestAttribute(Type type) : Attribute
{
    public Type Type { get; } = type;
}

/// <summary>An assembly's contribution to a <see cref="GrainManifest"/>. Implemented by generated code.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public interface IGrainManifestPart
{
    void Register(GrainManifest manifest);
}
