namespace Orleans;

/// <summary>Why an activation ends.</summary>
public readonly struct DeactivationReason
{
    public DeactivationReason(DeactivationReasonCode code, string text)
        : this(code, exception: null, text)
    {
    }

    public DeactivationReason(DeactivationReasonCode code, Exception? exception, string text)
    {
        ReasonCode = code;
        Exception = exception;
        Description = text;
    }

    public DeactivationReasonCode ReasonCode { get; }

    public string Description { get; }

    public Exception? Exception { get; }

    public override string ToString() => Exception is null ? $"{ReasonCode}: {Description}" : $"{ReasonCode}: {Description}. {Exception}";
}

/// <summary>The kinds of <see cref="DeactivationReason"/>.</summary>
public enum DeactivationReasonCode : byte
{
    None = 0,

    /// <summary>The silo stops.</summary>
    ShuttingDown = 1,

    /// <summary>Construction, reading of state or <c>OnActivateAsync</c> failed.</summary>
    ActivationFailed = 2,

    DirectoryFailure = 3,

    /// <summary>No call came for the collection age.</summary>
    ActivationIdle = 4,

    ActivationUnresponsive = 5,

    DuplicateActivation = 6,

    IncompatibleRequest = 7,

    /// <summary>The grain let an <see cref="Storage.InconsistentStateException"/> of its own escape.</summary>
    ApplicationError = 8,

    /// <summary>The grain asked for it.</summary>
    ApplicationRequested = 9,

    Migrating = 10,

    RuntimeRequested = 11,

    HighMemoryPressure = 12,
}
