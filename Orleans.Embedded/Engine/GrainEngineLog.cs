using Microsoft.Extensions.Logging;
using Orleans.CodeGeneration;

namespace Orleans.Runtime;

/// <summary>What the engine logs.</summary>
internal sealed partial class GrainEngineLog(ILogger logger)
{
    private readonly ILogger _logger = logger;

    [LoggerMessage(3900, LogLevel.Error, "Error activating grain {Grain}.")]
    public partial void ActivationFailed(GrainId grain, Exception exception);

    [LoggerMessage(3901, LogLevel.Error, "Error deactivating grain {Grain}.")]
    public partial void DeactivationFailed(GrainId grain, Exception exception);

    [LoggerMessage(3902, LogLevel.Warning, "The one-way call {Method} of grain {Grain} failed.")]
    public partial void OneWayCallFailed(GrainMethod method, GrainId grain, Exception exception);

    [LoggerMessage(3903, LogLevel.Warning, "Cancellation callbacks of grain {Grain} failed.")]
    public partial void CancellationCallbackFailed(GrainId grain, Exception exception);

    [LoggerMessage(3904, LogLevel.Warning, "A timer of grain {Grain} failed.")]
    public partial void TimerFailed(GrainId grain, Exception exception);

    [LoggerMessage(3908, LogLevel.Warning, "A turn of grain {Grain} blocks its thread: grain code should await, or give long work to Task.Run.")]
    public partial void TurnBlocksThread(GrainId grain);

    [LoggerMessage(3905, LogLevel.Information, "Silo {Silo} has started ({Address}): embedded grain engine, one process.")]
    public partial void Started(string silo, SiloAddress address);

    [LoggerMessage(3906, LogLevel.Information, "Silo {Silo} has stopped.")]
    public partial void Stopped(string silo);

    [LoggerMessage(3907, LogLevel.Warning, "Silo {Silo} stopped before all grains had ended.")]
    public partial void StoppedEarly(string silo, Exception exception);
}
