using Gristmill.Grains.Tasks;
using Microsoft.Extensions.Options;

namespace Gristmill.Grains;

/// <summary>What this silo knows of the others: who has which partition, and who is gone. Safe from any thread.</summary>
internal sealed class ClusterView(IClusterMembershipService membership, ILocalSiloDetails local, IOptions<TaskOptions> options)
{
    private volatile Homes? _homes;

    /// <summary>The silo that should have the partition; null while none is active.</summary>
    public SiloAddress? HomeOf(long partition)
    {
        SiloAddress[] homes = Current().Silos;
        return homes.Length == 0 ? null : homes[(int)((ulong)partition % (ulong)homes.Length)];
    }

    /// <summary>True when another silo should have the partition.</summary>
    public bool IsElsewhere(long partition) => HomeOf(partition) is { } home && !home.Equals(local.SiloAddress);

    /// <summary>
    /// True when the silo, in parsable form, is known to be gone for good: it is listed so, or another is at its address now. One that nobody knows is
    /// not: its leases tell.
    /// </summary>
    public bool IsDead(string silo)
    {
        Homes known = Current();
        return known.Dead.Contains(silo)
            || (SiloAddress.TryParse(silo, out SiloAddress? address) && known.Members.Members.Keys.Any(address.IsPredecessorOf));
    }

    /// <summary>
    /// Looks at the list of silos itself. A silo that stood still or was cut off goes by what it knew before: it must not take back what others have.
    /// </summary>
    /// <exception cref="GrainCallException">This silo was voted out; it is about to end.</exception>
    /// <exception cref="UnavailableException">The list cannot be read.</exception>
    public async Task ConfirmAsync(CancellationToken cancellationToken)
    {
        try
        {
            await membership.Refresh(cancellationToken: cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new UnavailableException("The list of silos cannot be read.", exception);
        }

        if (membership.CurrentSnapshot.GetSiloStatus(local.SiloAddress) == SiloStatus.Dead)
            throw ExecutorSilo.NotActive(local.SiloAddress.ToParsableString());
    }

    private Homes Current()
    {
        ClusterMembershipSnapshot members = membership.CurrentSnapshot;
        if (_homes is { } known && ReferenceEquals(known.Members, members))
            return known;
        SiloAddress[] active = [.. members.Members.Values.Where(member => member.Status == SiloStatus.Active).Select(member => member.SiloAddress)];
        // Without the generation: a silo that is restarted at its address is the same one.
        int[] homes = active.Length == 0 ? [] : PartitionMap.Assign(options.Value.Partitions, [.. active.Select(silo => silo.Endpoint.ToString())]);
        IEnumerable<string> dead = members.Members.Values.Where(member => member.Status == SiloStatus.Dead).Select(member => member.SiloAddress.ToParsableString());
        return _homes = new Homes(members, [.. homes.Select(home => active[home])], dead.ToHashSet(StringComparer.Ordinal));
    }

    /// <param name="Members">The members that it was worked out for.</param>
    /// <param name="Silos">For each partition the silo that should have it.</param>
    /// <param name="Dead">The silos that were voted out or have left.</param>
    private sealed record Homes(ClusterMembershipSnapshot Members, SiloAddress[] Silos, HashSet<string> Dead);
}
