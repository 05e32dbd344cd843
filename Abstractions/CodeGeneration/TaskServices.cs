using System.ComponentModel;

namespace Gristmill.CodeGeneration;

/// <summary>Services and handlers for generated code.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class TaskServices
{
    /// <exception cref="InvalidOperationException">The service is not registered.</exception>
    public static T Required<T>(IServiceProvider services, string consumer)
        where T : notnull
    {
        ArgumentNullException.ThrowIfNull(services);
        return Optional<T>(services)
            ?? throw new InvalidOperationException($"{consumer} needs the service {typeof(T)}, which is not registered.");
    }

    public static T? Optional<T>(IServiceProvider services)
    {
        ArgumentNullException.ThrowIfNull(services);
        return typeof(T) == typeof(IServiceProvider) ? (T)services : (T?)services.GetService(typeof(T));
    }
}
