using System.Diagnostics;

namespace Orleans.Configuration;

/// <summary>How callers wait.</summary>
public abstract class MessagingOptions
{
    private TimeSpan _responseTimeout = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a caller waits for an answer. Defaults to 30 s. Looked after once a second, or more often when it is shorter than
    /// that.
    /// </summary>
    public TimeSpan ResponseTimeout
    {
        get => Debugger.IsAttached ? ResponseTimeoutWithDebugger : _responseTimeout;
        set => _responseTimeout = value;
    }

    /// <summary>The same while a debugger is attached. Defaults to 30 min.</summary>
    public TimeSpan ResponseTimeoutWithDebugger { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>True cancels the token of a running call when its caller's time is over. Defaults to false.</summary>
    public bool CancelRequestOnTimeout { get; set; }
}

/// <summary>How grains take calls.</summary>
public class SiloMessagingOptions : MessagingOptions
{
    /// <summary>
    /// Requests of one grain, waiting and running, above which new ones are refused. 0, the default, means no limit.
    /// </summary>
    public int MaxEnqueuedRequestsHardLimit { get; set; }

    /// <summary>The same for each activation of a stateless worker.</summary>
    public int MaxEnqueuedRequestsHardLimit_StatelessWorker { get; set; }
}

/// <summary>Accepted; calls of a client in the silo's process follow <see cref="SiloMessagingOptions"/>.</summary>
public class ClientMessagingOptions : MessagingOptions;
