using Gristmill.Client.Hosting;

namespace Gristmill.Client.Plugins;

/// <summary>Plugins in the two steps of a host's start, and what was found of them, at <c>/plugins</c> and in the log.</summary>
internal static partial class PluginExtensions
{
    /// <summary>Loads plugins and registers their kinds and services. After the host's own kinds: a plugin gives way to them.</summary>
    /// <exception cref="StartupException">The setting names a folder that is not there.</exception>
    public static void AddPlugins(this WebApplicationBuilder builder)
    {
        SettingNames.Check(builder.Configuration, PluginOptions.Section, [typeof(PluginOptions)]);
        PluginOptions options = builder.Configuration.GetSection(PluginOptions.Section).Get<PluginOptions>() ?? new PluginOptions();
        builder.Services.AddSingleton(Load(builder, options.Directory));
    }

    /// <summary>Maps the endpoints of plugins and <c>/plugins</c>. After the gateway's own routes.</summary>
    public static void MapPlugins(this WebApplication app)
    {
        app.MapGet("/plugins", (PluginCatalog catalog) => TypedResults.Ok(catalog.Plugins.Select(PluginView.Of).ToArray()))
            .WithTags("Operations").WithSummary("The plugins of this process: what each brings, and what is wrong with it").Produces<PluginView[]>();

        PluginCatalog catalog = app.Services.GetRequiredService<PluginCatalog>();
        PluginRoutes.MapAll(app, catalog);
        foreach (Plugin plugin in catalog.Plugins)
        {
            if (plugin.Problem is null)
                LogLoaded(app.Logger, plugin.Name, plugin.Version, plugin.Kinds.Length, plugin.Routes.Length);
            else
                LogProblem(app.Logger, plugin.Name, plugin.Version, plugin.Problem);
        }
    }

    private static PluginCatalog Load(WebApplicationBuilder builder, string directory)
    {
        if (directory.Length == 0)
            return new PluginCatalog([]);
        if (!Directory.Exists(directory))
        {
            return builder.Configuration[$"{PluginOptions.Section}:{nameof(PluginOptions.Directory)}"] is null
                ? new PluginCatalog([])
                : throw new StartupException(
                    $"Plugins:Directory is '{directory}', and there is no such folder: create it, or leave the setting out to run without plugins.");
        }

        PluginCatalog catalog = new PluginLoader(builder.Services, builder.Configuration).LoadAll(directory);
        if (!catalog.Plugins.IsEmpty)
        {
            // Development checks every registration when the host is built; one of a plugin must not end the process.
            builder.Host.UseDefaultServiceProvider(static (context, services) =>
            {
                services.ValidateScopes = context.HostingEnvironment.IsDevelopment();
                services.ValidateOnBuild = false;
            });
        }

        return catalog;
    }

    [LoggerMessage(4020, LogLevel.Information, "Plugin {Plugin} {Version} loaded: {Kinds} task kinds, {Routes} routes")]
    private static partial void LogLoaded(ILogger logger, string plugin, string? version, int kinds, int routes);

    [LoggerMessage(4021, LogLevel.Warning, "Plugin {Plugin} {Version} is left out: {Problem}")]
    private static partial void LogProblem(ILogger logger, string plugin, string? version, string problem);
}

/// <summary>A plugin as operators see it.</summary>
/// <param name="Name">The assembly's name.</param>
/// <param name="Version">Its version; none where the file could not be read.</param>
/// <param name="Kinds">The task kinds that it brings.</param>
/// <param name="Routes">The routes that it serves in this process.</param>
/// <param name="Problem">What is left out, and why.</param>
internal sealed record PluginView(string Name, string? Version, string[] Kinds, string[] Routes, string? Problem = null)
{
    public static PluginView Of(Plugin plugin) =>
        new(plugin.Name, plugin.Version, [.. plugin.Kinds.Select(static kind => kind.Name)], [.. plugin.Routes], plugin.Problem);
}
