using System.Reflection;
using Gristmill.CodeGeneration;

namespace Gristmill.Client.Plugins;

/// <summary>
/// Finds and loads plugins. Whatever is wrong with one, down to an exception from its constructor, is its <see cref="Plugin.Problem"/> and nobody
/// else's.
/// </summary>
internal sealed class PluginLoader(IServiceCollection services, IConfiguration configuration)
{
    private readonly Dictionary<string, string> _kinds = services
        .Where(static service => service.ServiceType == typeof(TaskKind))
        .Select(static service => service.ImplementationInstance)
        .OfType<TaskKind>()
        .ToDictionary(static kind => kind.Name, static kind => kind.GetType().Assembly.GetName().Name!, StringComparer.Ordinal);

    /// <summary>Loads all plugins of a folder and registers their kinds and services.</summary>
    public PluginCatalog LoadAll(string directory) => new([.. Candidates(directory).Select(TryLoad)]);

    private static IEnumerable<string> Candidates(string directory) =>
        Directory.EnumerateFiles(directory, "*.dll")
            .Concat(Directory.EnumerateDirectories(directory).Select(static folder => Path.Combine(folder, Path.GetFileName(folder) + ".dll")))
            // Copies of what the host shares come along with many a build.
            .Where(static path => !PluginLoadContext.IsOurs(Path.GetFileNameWithoutExtension(path)))
            // By name, so that of two plugins that bring the same it is always the same one that wins.
            .OrderBy(static path => Path.GetFileNameWithoutExtension(path), StringComparer.Ordinal);

    private Plugin TryLoad(string path)
    {
        string name = Path.GetFileNameWithoutExtension(path);
        string? version = null;
        try
        {
            if (!File.Exists(path))
                throw new PluginException($"there is no {Path.GetFileName(path)} in its folder: a folder is called like the assembly that is its plugin");
            AssemblyName identity = AssemblyName.GetAssemblyName(path);
            version = identity.Version?.ToString();
            Assembly assembly = new PluginLoadContext(Path.GetFullPath(path)).LoadFromAssemblyPath(Path.GetFullPath(path));
            version = AssemblyVersion.Of(assembly);
            CheckReferences(assembly);
            return Register(name, version, assembly);
        }
#pragma warning disable CA1031 // A plugin is somebody else's code: whatever it throws is reported, and ends nothing but the plugin.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return new Plugin(name, version) { Problem = Describe(exception) };
        }
    }

    private static void CheckReferences(Assembly assembly)
    {
        foreach (AssemblyName reference in assembly.GetReferencedAssemblies())
        {
            if (PluginLoadContext.IsOurs(reference.Name!))
            {
                Version ours = typeof(TaskKind).Assembly.GetName().Version!;
                if (reference.Version is { } wanted && (wanted.Major != ours.Major || wanted > ours))
                    throw new PluginException($"it was built for {reference.Name} {wanted.ToString(3)}, and this is {ours.ToString(3)}: build it again with this version");
            }
            else
            {
                LoadReference(assembly, reference);
            }
        }
    }

    // Now, and not when a task first comes to need it.
    private static void LoadReference(Assembly assembly, AssemblyName reference)
    {
        try
        {
            System.Runtime.Loader.AssemblyLoadContext.GetLoadContext(assembly)!.LoadFromAssemblyName(reference);
        }
        catch (IOException exception)
        {
            throw new PluginException(
                $"it needs {reference.Name} {reference.Version}, which is not there: publish the plugin into a folder of its name, so that what it needs lies beside it", exception);
        }
    }

    private Plugin Register(string name, string version, Assembly assembly)
    {
        TaskKind[] kinds = [.. assembly.GetCustomAttributes<TaskKindSourceAttribute>().SelectMany(static source => source.Kinds)];
        IGristmillPlugin[] parts = [.. assembly.GetExportedTypes()
            .Where(static type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IGristmillPlugin)))
            .Select(static type => (IGristmillPlugin)Activator.CreateInstance(type)!)];
        if (kinds.Length + parts.Length == 0)
            throw new PluginException("it brings neither task kinds nor an IGristmillPlugin; what a plugin needs belongs beside it, in a folder of its name");

        var own = new ServiceCollection();
        foreach (IGristmillPlugin part in parts)
            part.AddServices(own, configuration);
        kinds = PluginServices.TakeKinds(own, kinds);
        CheckKinds(kinds);
        PluginServices.Check(own, services, assembly);
        PluginServices.ValidateOptions(own, configuration);

        // From here on nothing fails.
        foreach (ServiceDescriptor service in own)
            services.Add(service);
        foreach (TaskKind kind in kinds)
        {
            _kinds.Add(kind.Name, name);
            services.AddSingleton(kind);
        }

        return new Plugin(name, version) { Kinds = [.. kinds], Parts = [.. parts] };
    }

    private void CheckKinds(IEnumerable<TaskKind> kinds)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (TaskKind kind in kinds)
        {
            PluginKinds.Check(kind);
            if (!names.Add(kind.Name))
                throw new PluginException($"it brings two task kinds called '{kind.Name}'");
            if (_kinds.TryGetValue(kind.Name, out string? owner))
                throw new PluginException($"its task kind '{kind.Name}' is there already, from {owner}: give one of the two another name");
        }
    }

    private static string Describe(Exception exception) => exception switch
    {
        PluginException plugin => plugin.Message,
        BadImageFormatException => "it is no .NET assembly for this machine",
        TargetInvocationException { InnerException: { } inner } => $"its constructor failed: {Describe(inner)}",
        TypeInitializationException { InnerException: { } inner } => Describe(inner),
        MissingMethodException or TypeLoadException => $"it does not fit this version of Gristmill: {exception.Message}",
        _ => $"{exception.GetType().Name}: {exception.Message}",
    };
}
