namespace Gristmill.Grains.Tests.Placement;

public sealed class PartitionMapTests
{
    [Theory]
    [InlineData(8, 1)]
    [InlineData(8, 3)]
    [InlineData(16, 5)]
    [InlineData(3, 8)]
    [InlineData(1_024, 100)]
    public void Assign_AnyNumberOfSilos_GivesEachTheSameShare(int partitions, int silos)
    {
        int[] homes = PartitionMap.Assign(partitions, Silos(silos));

        int[] shares = [.. Enumerable.Range(0, silos).Select(silo => homes.Count(home => home == silo))];
        Assert.Equal(partitions, homes.Length);
        Assert.InRange(shares.Max() - shares.Min(), 0, 1);
    }

    [Fact]
    public void Assign_SilosInAnotherOrder_IsTheSame()
    {
        string[] silos = Silos(7);
        string[] turned = [.. silos.Reverse()];

        Assert.Equal(Named(silos), Named(turned));
    }

    [Theory]
    [InlineData(64, 4)]
    [InlineData(256, 10)]
    [InlineData(1_024, 50)]
    public void Assign_WhenASiloComesOrGoes_MovesFewOfTheOthersPartitions(int partitions, int silos)
    {
        string[] before = [.. Named(Silos(silos), partitions)];
        string[] after = [.. Named(Silos(silos + 1), partitions)];

        int moved = before.Zip(after).Count(pair => pair.First != pair.Second);
        int share = partitions / (silos + 1);
        // Each that moves to the new silo may push another on; a map without memory would move nearly all.
        Assert.InRange(moved, share, 4 * share);
    }

    private static string[] Silos(int count) => [.. Enumerable.Range(1, count).Select(silo => $"10.0.{silo / 200}.{silo % 200}:11111")];

    private static IEnumerable<string> Named(string[] silos, int partitions = 64) => PartitionMap.Assign(partitions, silos).Select(home => silos[home]);
}
