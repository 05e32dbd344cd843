namespace Gristmill.Client.Users;

internal static class UserRoutes
{
    public static void MapUsers(this IEndpointRouteBuilder routes)
    {
        IServiceProvider services = routes.ServiceProvider;
        RouteGroupBuilder users = routes.MapGroup("/users").WithTags("Users");
        services.GetRequiredService<UserStatistics>().Measure(users);
        ActivatorUtilities.CreateInstance<UserEndpoints>(services).Map(users);
        ActivatorUtilities.CreateInstance<UserCollectionEndpoints>(services).Map(users);
    }
}
