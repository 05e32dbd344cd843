using System.Diagnostics.CodeAnalysis;

namespace Gristmill.Grains;

/// <summary>The embedded engine is one silo, which has all partitions.</summary>
[SuppressMessage("Performance", "CA1822:Mark members as static", Justification = "The other engine's class has state, and grain code knows one of them.")]
internal sealed class ClusterView(ILocalSiloDetails local)
{
    public bool IsElsewhere(long partition) => partition < 0;

    /// <summary>True for the silos that were at this one's address before. The store belongs to one process, so there is no other.</summary>
    public bool IsDead(string silo) =>
        SiloAddress.TryParse(silo, out SiloAddress? other) && other.Endpoint.Equals(local.SiloAddress.Endpoint) && other.Generation != local.SiloAddress.Generation;

    public Task ConfirmAsync(CancellationToken cancellationToken) => cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken) : Task.CompletedTask;
}
