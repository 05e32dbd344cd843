namespace Orleans.Runtime;

/// <summary>Where one activation of a grain lives.</summary>
public sealed record GrainAddress
{
    public GrainId GrainId { get; init; }

    public ActivationId ActivationId { get; init; }

    public SiloAddress? SiloAddress { get; init; }

    public override string ToString() => $"[GrainAddress GrainId={GrainId} ActivationId={ActivationId} SiloAddress={SiloAddress}]";
}
