using System.Reflection;
using System.Runtime.Loader;

namespace Gristmill.Client.Plugins;

/// <summary>
/// The assemblies of one plugin, apart from those of every other. What Gristmill and the framework share with plugins is the host's, so that types
/// meet; everything else is the plugin's own, also where the host has another version of it.
/// </summary>
internal sealed class PluginLoadContext(string path) : AssemblyLoadContext(Path.GetFileNameWithoutExtension(path))
{
    private static readonly Dictionary<string, string> s_hosted =
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .GroupBy(static file => Path.GetFileNameWithoutExtension(file), StringComparer.OrdinalIgnoreCase)
            .ToDictionary(static group => group.Key, static group => group.First(), StringComparer.OrdinalIgnoreCase);

    private readonly AssemblyDependencyResolver _resolver = new(path);

    /// <summary>True for an assembly of Gristmill's own.</summary>
    public static bool IsOurs(string name) => name.StartsWith("Gristmill.", StringComparison.OrdinalIgnoreCase) && s_hosted.ContainsKey(name);

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        // Null hands the question to the default context.
        if (IsShared(assemblyName.Name!))
            return null;
        return _resolver.ResolveAssemblyToPath(assemblyName) is { } own ? LoadFromAssemblyPath(own) : null;
    }

    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } own ? LoadUnmanagedDllFromPath(own) : 0;

    // The framework's assemblies lie outside the program's folder; other packages of the host lie in it.
    private static bool IsShared(string name) => s_hosted.TryGetValue(name, out string? file)
        && (IsOurs(name) || !file.StartsWith(AppContext.BaseDirectory, StringComparison.Ordinal));
}
