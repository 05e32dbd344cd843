using System.ComponentModel;
using Orleans.CodeGeneration;

namespace Orleans.Runtime;

/// <summary>
/// Names a grain and sends calls to it. Generated code derives one class per grain interface. Immutable for its users and safe
/// from any thread; equal when the grain is.
/// </summary>
public class GrainReference : IAddressable, IEquatable<GrainReference>
{
    private readonly IdSpan _key;

    // The activation that took the last call: spares the look-up. Any thread writes it; a stale one refuses the call.
    private IRequestTarget? _target;

    protected GrainReference(GrainReferenceShared shared, IdSpan key)
    {
        ArgumentNullException.ThrowIfNull(shared);
        Shared = shared;
        _key = key;
    }

    public GrainId GrainId => new(Shared.GrainType, _key);

    public GrainInterfaceType InterfaceType => Shared.InterfaceType;

    internal GrainReferenceShared Shared { get; }

    public TGrainInterface Cast<TGrainInterface>()
        where TGrainInterface : IAddressable => this.AsReference<TGrainInterface>();

    public bool Equals(GrainReference? other) => other is not null && GrainId.Equals(other.GrainId);

    public override bool Equals(object? obj) => Equals(obj as GrainReference);

    public override int GetHashCode() => GrainId.GetHashCode();

    public sealed override string ToString() => $"GrainReference:{GrainId}:{InterfaceType}";

    public static bool operator ==(GrainReference? left, GrainReference? right) => left is null ? right is null : left.Equals(right);

    public static bool operator !=(GrainReference? left, GrainReference? right) => !(left == right);

    /// <summary>Sends a call and returns the task of its answer.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected Task<TResult> InvokeAsync<TResult>(GrainRequest<TResult> request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Shared.Engine.CallAsync(this, request, cancellationToken);
    }

    /// <summary>Sends a call whose end nobody hears of.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected void Invoke(GrainRequest<NoResult> request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        Shared.Engine.Post(this, request, cancellationToken);
    }

    internal void Send(GrainRequest request)
    {
        IRequestTarget? target = _target;
        while (target is null || !target.TryAccept(request))
            _target = target = Shared.Engine.Catalog.GetTarget(GrainId);
    }
}
