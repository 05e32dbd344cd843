using System.Diagnostics;
using System.Globalization;
using Gristmill.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

/// <summary>
/// Puts a store that fails under a silo that knows nothing of it: the runtime calls this before the silo's Main where DOTNET_STARTUP_HOOKS names
/// this assembly. The environment variable GRISTMILL_STORE_FAULTS says "SEED RATE", the rate being the share of the store's calls that meet a fault.
/// Faults begin when the host has started, and are counted on standard error when it ends.
/// </summary>
internal static class StartupHook
{
    private const string Variable = "GRISTMILL_STORE_FAULTS";

    private static readonly StorageFault[] s_kinds =
        [StorageFault.Timeout, StorageFault.ExecuteAndTimeout, StorageFault.Busy, StorageFault.Latency, StorageFault.Conflict];

    // The runtime asks for this name and signature.
    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } setting)
            DiagnosticListener.AllListeners.Subscribe(new HostBuilds(FaultsOf(setting.Split(' '))));
    }

    private static StorageFaults FaultsOf(string[] setting)
    {
        double rate = double.Parse(setting[1], CultureInfo.InvariantCulture) / s_kinds.Length;
        return new StorageFaults(
            new StorageFaultOptions
            {
                Seed = int.Parse(setting[0], CultureInfo.InvariantCulture),
                TimeoutRate = rate,
                ExecuteAndTimeoutRate = rate,
                BusyRate = rate,
                LatencyRate = rate,
                ConflictRate = rate,
            },
            TimeProvider.System)
        {
            IsPaused = true,
        };
    }

    private static void Wrap(IServiceCollection services, StorageFaults faults)
    {
        ServiceDescriptor store = services.Single(service => service.ServiceType == typeof(ITaskStore));
        services.Remove(store);
        services.AddSingleton<ITaskStore>(provider =>
        {
            IHostApplicationLifetime lifetime = provider.GetRequiredService<IHostApplicationLifetime>();
            lifetime.ApplicationStarted.Register(() => faults.IsPaused = false);
            lifetime.ApplicationStopped.Register(() =>
                Console.Error.WriteLine($"store faults: {string.Join(", ", s_kinds.Select(kind => $"{kind} {faults.Count(kind)}"))}"));
            return new FaultInjectingTaskStore((ITaskStore)ActivatorUtilities.CreateInstance(provider, store.ImplementationType!), faults);
        });
    }

    /// <summary>Hears of the runtime's sources of events, of which one tells of hosts that are about to be built.</summary>
    private sealed class HostBuilds(StorageFaults faults) : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
    {
        public void OnNext(DiagnosticListener value)
        {
            if (value.Name == "Microsoft.Extensions.Hosting")
                value.Subscribe(this);
        }

        public void OnNext(KeyValuePair<string, object?> value)
        {
            if (value is { Key: "HostBuilding", Value: IHostBuilder builder })
                builder.ConfigureServices((_, services) => Wrap(services, faults));
        }

        public void OnError(Exception error)
        {
        }

        public void OnCompleted()
        {
        }
    }
}
