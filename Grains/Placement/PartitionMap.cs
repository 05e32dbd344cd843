using System.Runtime.InteropServices;

namespace Gristmill.Grains;

/// <summary>
/// Which silo has which partition, worked out alike by all who know the same silos: no two silos differ by more than one partition, and a silo that
/// comes or goes moves few others' partitions. Rendezvous hashing (Thaler and Ravishankar, 1998) with a bound on each silo's share.
/// </summary>
internal static class PartitionMap
{
    /// <param name="partitions">How many there are.</param>
    /// <param name="silos">The silos' names, in any order; a silo that is restarted under its name gets its partitions back. At least one.</param>
    /// <returns>For each partition the index of its silo.</returns>
    public static int[] Assign(int partitions, IReadOnlyList<string> silos)
    {
        ArgumentOutOfRangeException.ThrowIfZero(silos.Count);
        int[] order = [.. Enumerable.Range(0, silos.Count).OrderBy(i => silos[i], StringComparer.Ordinal)];
        ulong[] names = [.. silos.Select(HashOf)];
        int[] shares = new int[silos.Count];
        (int share, int larger) = Math.DivRem(partitions, silos.Count);
        int[] homes = new int[partitions];
        for (int partition = 0; partition < partitions; partition++)
        {
            int best = -1;
            ulong highest = 0;
            foreach (int silo in order)
            {
                if (shares[silo] > share || (shares[silo] == share && larger == 0))
                    continue;
                ulong rank = RankOf(partition, names[silo]);
                if (best < 0 || rank > highest)
                    (best, highest) = (silo, rank);
            }

            if (++shares[best] > share)
                larger--;
            homes[partition] = best;
        }

        return homes;
    }

    private static ulong HashOf(string name)
    {
        var hash = new StableHash();
        hash.Add(name);
        return hash.Value;
    }

    private static ulong RankOf(int partition, ulong name)
    {
        var hash = new StableHash();
        hash.Add(MemoryMarshal.AsBytes<ulong>([(ulong)partition, name]));
        return hash.Value;
    }
}
