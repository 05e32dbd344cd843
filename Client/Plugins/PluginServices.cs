using System.Reflection;
using System.Runtime.Loader;
using Microsoft.Extensions.Options;

namespace Gristmill.Client.Plugins;

/// <summary>What a plugin registers, looked at before it joins the host's services: nothing in it may change the host or end its start.</summary>
internal static class PluginServices
{
    private static readonly Type[] s_startup = [typeof(IHostedService), typeof(IStartupFilter)];

    /// <summary>
    /// Takes the kinds out of the list and gives all that there are. The generated registration may have been called, which brings those that the
    /// assembly's attribute brings anyway.
    /// </summary>
    public static TaskKind[] TakeKinds(ServiceCollection own, TaskKind[] ofAssembly)
    {
        ServiceDescriptor[] registered = [.. own.Where(static service => service.ServiceType == typeof(TaskKind))];
        HashSet<(Type, string)> known = [.. ofAssembly.Select(static kind => (kind.GetType(), kind.Name))];
        var added = new List<TaskKind>();
        foreach (ServiceDescriptor service in registered)
        {
            own.Remove(service);
            if (service.IsKeyedService || service.ImplementationInstance is not TaskKind kind)
                throw new PluginException("it registers a task kind without an instance of it: register the instance");
            if (!known.Contains((kind.GetType(), kind.Name)))
                added.Add(kind);
        }

        return [.. ofAssembly, .. added];
    }

    /// <summary>
    /// Refuses what runs when the host starts, and what takes the place of a service of the host. What packages of the framework add for good measure
    /// (logging, options) and the host has is dropped.
    /// </summary>
    /// <exception cref="PluginException">A service is refused.</exception>
    public static void Check(ServiceCollection own, IServiceCollection host, Assembly plugin)
    {
        if (own.FirstOrDefault(static service => s_startup.Contains(service.ServiceType)) is { } startup)
        {
            throw new PluginException(startup.ServiceType == typeof(IHostedService)
                ? "it registers a hosted service, whose failure would end the process: start such work from a task or a request"
                : $"it registers an {startup.ServiceType.Name}, which would stand before every request of the host: map endpoints instead");
        }

        HashSet<(Type, object?)> taken = [.. host.Select(static service => (service.ServiceType, service.ServiceKey))];
        foreach (ServiceDescriptor service in own.Where(service => !IsOfOptions(service.ServiceType) && taken.Contains((service.ServiceType, service.ServiceKey))).ToArray())
        {
            if (SourceOf(service) is not { } source || AssemblyLoadContext.GetLoadContext(source) == AssemblyLoadContext.GetLoadContext(plugin))
                throw new PluginException($"it registers {service.ServiceType.Name}, which is a service of the host: register a type of its own");
            own.Remove(service);
        }
    }

    /// <summary>
    /// Does now what <c>ValidateOnStart</c> asks for, and takes it out of the list: at the host's start it would end the process.
    /// </summary>
    public static void ValidateOptions(ServiceCollection own, IConfiguration configuration)
    {
        ServiceDescriptor[] startup = [.. own.Where(IsOfStartupValidation)];
        if (startup.Length == 0)
            return;
        IServiceCollection services = new ServiceCollection();
        services.AddSingleton(configuration).AddLogging();
        foreach (ServiceDescriptor service in own)
            services.Add(service);
        using (ServiceProvider provider = services.BuildServiceProvider())
            provider.GetRequiredService<IStartupValidator>().Validate();
        foreach (ServiceDescriptor service in startup)
            own.Remove(service);
    }

    // The options behind the validator are internal to the framework.
    private static bool IsOfStartupValidation(ServiceDescriptor service) => service.ServiceType == typeof(IStartupValidator)
        || (service.ServiceType.IsConstructedGenericType
            && service.ServiceType.GenericTypeArguments is [{ Name: "StartupValidatorOptions" } options] && options.Assembly == typeof(IStartupValidator).Assembly);

    // Any number of these may configure one type of options.
    private static bool IsOfOptions(Type type) => type == typeof(IStartupValidator) || (type.IsConstructedGenericType
        && type.GetGenericTypeDefinition() is var open
        && (open == typeof(IConfigureOptions<>) || open == typeof(IPostConfigureOptions<>) || open == typeof(IValidateOptions<>)));

    private static Assembly? SourceOf(ServiceDescriptor service) => service.IsKeyedService
        ? (service.KeyedImplementationType ?? service.KeyedImplementationInstance?.GetType() ?? service.KeyedImplementationFactory?.Method.DeclaringType)?.Assembly
        : (service.ImplementationType ?? service.ImplementationInstance?.GetType() ?? service.ImplementationFactory?.Method.DeclaringType)?.Assembly;
}
