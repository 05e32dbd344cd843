using Microsoft.AspNetCore.Routing.Patterns;

namespace Gristmill.Client.Plugins;

/// <summary>
/// Serves the endpoints of plugins. Each plugin maps into a list of its own, which joins the gateway's only once it is known to be sound and to
/// take no route from anybody.
/// </summary>
internal sealed class PluginRoutes
{
    private const string AnyMethod = "*";

    private readonly IEndpointRouteBuilder _host;

    // Who serves a method at a path whose parameters have lost their names.
    private readonly Dictionary<(string Path, string Method), string> _taken = [];

    // Two endpoints of one name fail every request, whatever it asks for.
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

    private PluginRoutes(IEndpointRouteBuilder host)
    {
        _host = host;
        foreach (RouteEndpoint endpoint in host.DataSources.SelectMany(static source => source.Endpoints).OfType<RouteEndpoint>())
            Take(endpoint, "the gateway");
    }

    public static void MapAll(IEndpointRouteBuilder host, PluginCatalog catalog)
    {
        Plugin[] plugins = [.. catalog.Plugins.Where(static plugin => plugin.Problem is null && !plugin.Parts.IsEmpty)];
        if (plugins.Length == 0)
            return;
        var routes = new PluginRoutes(host);
        foreach (Plugin plugin in plugins)
            routes.Map(plugin);
    }

    private void Map(Plugin plugin)
    {
        var own = new OwnRoutes(_host);
        RouteEndpoint[] endpoints;
        try
        {
            RouteGroupBuilder group = own.MapGroup("").WithTags(plugin.Name);
            foreach (IGristmillPlugin part in plugin.Parts)
                part.MapEndpoints(group);
            endpoints = [.. own.DataSources.SelectMany(static source => source.Endpoints).Cast<RouteEndpoint>()];
            CheckConstraints(endpoints);
        }
#pragma warning disable CA1031 // As when it is loaded: the fault is the plugin's, and the loss too.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Refuse(plugin, $"{exception.GetType().Name}: {exception.Message}");
            return;
        }

        foreach (RouteEndpoint endpoint in endpoints)
        {
            if (OwnerOf(endpoint) is { } owner)
            {
                Refuse(plugin, $"{NameOf(endpoint)} is served by {owner} already");
                return;
            }
        }

        if (RepeatedName(endpoints, plugin.Name) is { } repeated)
        {
            Refuse(plugin, repeated);
            return;
        }

        foreach (RouteEndpoint endpoint in endpoints)
            Take(endpoint, plugin.Name);
        foreach (EndpointDataSource source in own.DataSources)
            _host.DataSources.Add(source);
        plugin.Routes = [.. endpoints.Select(NameOf).Order(StringComparer.Ordinal)];
    }

    // The services are built by now: kinds that were loaded stay.
    private static void Refuse(Plugin plugin, string reason) =>
        plugin.Problem = plugin.Kinds.IsEmpty ? $"none of its routes is served: {reason}" : $"its task kinds run, and none of its routes is served: {reason}";

    private void Take(RouteEndpoint endpoint, string owner)
    {
        foreach (string method in MethodsOf(endpoint))
            _taken.TryAdd((PathOf(endpoint), method), owner);
        if (EndpointNameOf(endpoint) is { } name)
            _names.TryAdd(name, owner);
    }

    private string? RepeatedName(IEnumerable<RouteEndpoint> endpoints, string plugin)
    {
        var own = new HashSet<string>(StringComparer.Ordinal);
        foreach (string name in endpoints.Select(EndpointNameOf).OfType<string>())
        {
            if (_names.TryGetValue(name, out string? owner) || !own.Add(name))
                return $"the endpoint name '{name}' is used by {owner ?? plugin} already";
        }

        return null;
    }

    // The router would make them at the first request, and then fail that and every other.
    private void CheckConstraints(IEnumerable<RouteEndpoint> endpoints)
    {
        ParameterPolicyFactory policies = _host.ServiceProvider.GetRequiredService<ParameterPolicyFactory>();
        foreach (RoutePatternParameterPart parameter in endpoints.SelectMany(static endpoint => endpoint.RoutePattern.Parameters))
        {
            foreach (RoutePatternParameterPolicyReference policy in parameter.ParameterPolicies)
                policies.Create(parameter, policy);
        }
    }

    private string? OwnerOf(RouteEndpoint endpoint)
    {
        string path = PathOf(endpoint);
        return _taken.Where(taken => taken.Key.Path == path)
            .Where(taken => MethodsOf(endpoint).Any(method => method == AnyMethod || taken.Key.Method == AnyMethod || method == taken.Key.Method))
            .Select(static taken => taken.Value)
            .FirstOrDefault();
    }

    private static IReadOnlyList<string> MethodsOf(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetMetadata<IHttpMethodMetadata>() is { HttpMethods: { Count: > 0 } methods } ? methods : [AnyMethod];

    private static string? EndpointNameOf(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName;

    private static string NameOf(RouteEndpoint endpoint) => $"{string.Join(',', MethodsOf(endpoint))} {endpoint.RoutePattern.RawText}";

    private static string PathOf(RouteEndpoint endpoint) => string.Join('/', endpoint.RoutePattern.PathSegments.Select(static segment =>
        string.Concat(segment.Parts.Select(static part => part switch
        {
            RoutePatternLiteralPart literal => literal.Content.ToUpperInvariant(),
            RoutePatternSeparatorPart separator => separator.Content,
            RoutePatternParameterPart { IsCatchAll: true } => "{*}",
            _ => "{}",
        }))));

    private sealed class OwnRoutes(IEndpointRouteBuilder host) : IEndpointRouteBuilder
    {
        public IServiceProvider ServiceProvider => host.ServiceProvider;

        public ICollection<EndpointDataSource> DataSources { get; } = [];

        public IApplicationBuilder CreateApplicationBuilder() => host.CreateApplicationBuilder();
    }
}
