using System.Collections.Immutable;

namespace Gristmill.Client.Plugins;

/// <summary>One plugin that was found, loaded or not. Written while the process starts, read after that.</summary>
internal sealed class Plugin(string name, string? version)
{
    public string Name { get; } = name;

    /// <summary>Null where it could not be read.</summary>
    public string? Version { get; } = version;

    public ImmutableArray<TaskKind> Kinds { get; init; } = [];

    public ImmutableArray<IGristmillPlugin> Parts { get; init; } = [];

    /// <summary>The routes that are served, as "GET /path".</summary>
    public ImmutableArray<string> Routes { get; set; } = [];

    /// <summary>What is left out, and why; null when nothing is.</summary>
    public string? Problem { get; set; }
}

/// <summary>All plugins of the process, by name.</summary>
internal sealed record PluginCatalog(ImmutableArray<Plugin> Plugins);
