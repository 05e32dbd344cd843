using System.Net;
using Gristmill.Client.Errors;
using Gristmill.Client.Hosting;
using Orleans.Dashboard;

namespace Gristmill.Client.Operations;

/// <summary>
/// The Orleans dashboard at <c>/dashboard</c>, for whoever sits at this machine: it shows what runs where, and nobody has signed in. Only the pages that
/// show figures are there: what looks into a grain's state runs methods of grains, and the trace shows the log.
/// </summary>
public static class DashboardEndpoints
{
    private const string Path = "/dashboard";

    // Pages that a later version adds are not there until somebody has looked at them.
    private static readonly HashSet<string> s_pages = new(StringComparer.OrdinalIgnoreCase)
    {
        "", "index.html", "index.min.js", "index.css", "favicon.ico", "fonts", "img", "version",
        "DashboardCounters", "ClusterStats", "HistoricalStats", "SiloProperties", "SiloStats", "SiloCounters", "GrainStats", "TopGrainMethods", "GrainTypes",
        "Reminders",
    };

    private static readonly HashSet<string> s_ofProxies = new(StringComparer.OrdinalIgnoreCase) { "Forwarded", "Via", "X-Real-IP" };

    /// <summary>What the dashboard must not do, whoever asks.</summary>
    public static void Limit(DashboardOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.HideTrace = true;
    }

    internal static void MapDashboard(this WebApplication app)
    {
        if (!ClusteringOptions.Read(app.Configuration).Dashboard)
            return;
        app.UseWhen(
            context => context.Request.Path.StartsWithSegments(Path, StringComparison.OrdinalIgnoreCase),
            branch => branch.Use(CheckAsync));
        app.MapOrleansDashboard(Path).ExcludeFromDescription();
    }

    private static Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        context.Request.Path.StartsWithSegments(Path, StringComparison.OrdinalIgnoreCase, out PathString rest);
        string page = (rest.Value ?? "").TrimStart('/').Split('/')[0];
        if (!s_pages.Contains(page))
            throw RequestException.NotFound("The dashboard has no such page here.");
        if (!IsFromHere(context))
            throw new RequestException(StatusCodes.Status403Forbidden, new TaskError("forbidden", "The dashboard is shown to this machine only.", IsTransient: false));
        return next(context);
    }

    // A proxy on this machine passes on what comes from elsewhere, and a page from elsewhere may have a name that leads here.
    private static bool IsFromHere(HttpContext context) =>
        (context.Connection.RemoteIpAddress is not { } address || IPAddress.IsLoopback(address))
        && !context.Request.Headers.Keys.Any(name => name.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase) || s_ofProxies.Contains(name))
        && AccessGuard.IsLoopback(context.Request.Host.Host);
}
