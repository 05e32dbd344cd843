namespace Gristmill.Client.Operations;

/// <summary>The embedded engine has no dashboard.</summary>
internal static class DashboardEndpoints
{
    public static void MapDashboard(this WebApplication app) => _ = app;
}
