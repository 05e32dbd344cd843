using System.Diagnostics.CodeAnalysis;

namespace Gristmill.Grains;

/// <summary>The embedded engine is one silo, which has all partitions.</summary>
[SuppressMessage("Performance", "CA1822:Mark members as static", Justification = "The other engine's class has state, and grain code knows one of them.")]
internal sealed class ClusterView
{
    public bool IsElsewhere(long partition) => partition < 0;

    public bool IsDead(string silo) => silo.Length == 0;

    public Task ConfirmAsync(CancellationToken cancellationToken) => cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken) : Task.CompletedTask;
}
