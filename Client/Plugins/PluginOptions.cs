namespace Gristmill.Client;

/// <summary>Settings of plugins, section <c>Plugins</c>.</summary>
public sealed class PluginOptions
{
    public const string Section = "Plugins";

    /// <summary>
    /// The folder whose assemblies are loaded: <c>Name.dll</c> in it, or <c>Name/Name.dll</c> with what that needs beside it. Relative to where the
    /// process was started. The default folder may be missing; one that a setting names must be there. Empty means no plugins.
    /// </summary>
    public string Directory { get; set; } = "./plugins";
}
