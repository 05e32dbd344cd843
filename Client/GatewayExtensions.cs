using System.Text.Json.Serialization;
using Gristmill.Client.Errors;
using Gristmill.Client.Hosting;
using Gristmill.Client.Json;
using Gristmill.Client.Operations;
using Gristmill.Client.Plugins;
using Gristmill.Client.Queues;
using Gristmill.Client.Schedules;
using Gristmill.Client.Tasks;
using Gristmill.Client.Telemetry;
using Gristmill.Client.Users;
using Gristmill.Grains.Users;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Gristmill.Client;

/// <summary>Puts the HTTP gateway into a web application that has an <c>IGrainFactory</c>.</summary>
public static class GatewayExtensions
{
    private const string OpenApiPath = "/openapi/v1.json";

    /// <summary>
    /// Adds the gateway's services, binds <see cref="GatewayOptions"/>, and loads plugins. Task kinds of the host's own are registered before.
    /// </summary>
    /// <exception cref="StartupException">
    /// The configured addresses would be open to other machines without authentication, or the folder of plugins is not there.
    /// </exception>
    public static WebApplicationBuilder AddGristmillGateway(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        AccessGuard.Check(builder.Configuration);
        SettingNames.Check(builder.Configuration, "Auth", [], "AllowAnonymous");
        SettingNames.Check(builder.Configuration, GatewayOptions.Section, [typeof(GatewayOptions)]);

        IServiceCollection services = builder.Services;
        services.AddOptions<GatewayOptions>().BindConfiguration(GatewayOptions.Section).ValidateOnStart();
        services.TryAddSingleton<IValidateOptions<GatewayOptions>, GatewayOptionsValidator>();
        services.AddOptions<HostOptions>().Configure<IOptions<GatewayOptions>>(
            (host, gateway) => host.ShutdownTimeout = gateway.Value.DrainDelay + gateway.Value.GracePeriod);
        services.AddOptions<HostFilteringOptions>().Configure<IConfiguration>(AccessGuard.FilterHosts);
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<GatewayOptions>>((kestrel, gateway) =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = gateway.Value.MaxRequestBodyBytes;
            kestrel.Limits.RequestHeadersTimeout = gateway.Value.HeadTimeout;
        });

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<UserIds>();
        services.AddSingleton<UserRepository>();
        services.AddSingleton<IRepository<User, long>>(provider => provider.GetRequiredService<UserRepository>());
        services.AddSingleton<UserStatistics>();
        services.AddSingleton<UserDirectoryLoad>();
        services.AddHostedService(provider => provider.GetRequiredService<UserDirectoryLoad>());
        services.AddSingleton<SiloDirectory>();
        services.AddSingleton<TaskPartitions>();
        services.AddSingleton<TaskSubmitter>();
        services.AddSingleton<TaskWaiter>();
        services.AddSingleton<ITaskExecutor, GrainTaskExecutor>();
        builder.AddPlugins();

        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, GatewayJson.Default);
            json.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
        services.AddProblemDetails(problems => problems.CustomizeProblemDetails = Problems.Complete);
        services.AddSingleton<Problems>();
        services.AddExceptionHandler<Problems>();
        services.AddOpenApi(ApiDocument.Describe);

        services.AddSingleton<Readiness>();
        services.AddHostedService(provider => provider.GetRequiredService<Readiness>());
        services.AddHealthChecks()
            .AddCheck<Readiness>("process")
            .AddCheck<GrainsHealthCheck>("grains", timeout: TimeSpan.FromSeconds(2))
            .AddCheck<UserDirectoryLoad>("users");

        services.AddSingleton<PrometheusReader>();
        services.AddHostedService<TelemetryService>();
        return builder;
    }

    /// <summary>Adds the gateway's middleware and routes.</summary>
    public static WebApplication MapGristmillGateway(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.Use(HeadRequests.AnswerAsGet);
        app.UseRouting();
        app.UseSwaggerUI(ui =>
        {
            ui.RoutePrefix = "docs";
            ui.DocumentTitle = "Gristmill";
            ui.SwaggerEndpoint(OpenApiPath, "Gristmill");
        });

        app.MapUsers();
        app.MapTasks();
        app.MapTaskKinds();
        app.MapQueues();
        app.MapSchedules();
        app.MapHealth();
        app.MapMetrics();
        app.MapEngine();
        app.MapDashboard();
        app.MapOpenApi(OpenApiPath);
        app.MapPlugins();
        return app;
    }
}
