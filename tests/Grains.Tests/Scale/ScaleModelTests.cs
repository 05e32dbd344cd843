using Gristmill.Scale;

namespace Gristmill.Grains.Tests.Scale;

/// <summary>The simulation that docs/scale.md has its figures from, with the product's own placement of partitions.</summary>
public sealed class ScaleModelTests
{
    [Fact]
    public void SameSeed_GivesTheSameNumbers_AndAnotherSeedOthers()
    {
        ScaleResult first = Run(seed: 7), again = Run(seed: 7), other = Run(seed: 8);

        Assert.Equal(first.Samples, again.Samples);
        Assert.Equal(first.Changes, again.Changes);
        Assert.Equal((first.Finished, first.MeanWait, first.StolenShare), (again.Finished, again.MeanWait, again.StolenShare));
        Assert.NotEqual(first.Samples, other.Samples);
    }

    [Theory]
    [InlineData(20, 80)]
    [InlineData(50, 128)]
    public void AfterEveryChange_EachPartitionIsInPlace_AndNoSiloHasMoreThanItsShare(int silos, int partitions)
    {
        ScaleResult result = Run(seed: 1, silos, partitions);

        Assert.Equal(3, result.Changes.Count);
        foreach (ScaleChange change in result.Changes)
        {
            Assert.True(change.Seconds < 20, $"{change.What}: not in place after {change.Seconds?.ToString() ?? "all the time there was"} s.");
            Assert.True(change.Moved >= change.Needed, $"{change.What}: {change.Moved} moved, {change.Needed} were needed.");
        }

        foreach (int second in new[] { 29, 59, 89, 119 })
        {
            ScaleSample sample = Assert.Single(result.Samples, sample => sample.Second == second);
            Assert.Equal(0, sample.Closed);
            Assert.InRange(sample.MostPartitions, 1, (int)Math.Ceiling(sample.MeanPartitions));
        }
    }

    [Fact]
    public void NoTaskIsLost_WhateverComesAndGoes()
    {
        ScaleResult result = Run(seed: 3);

        Assert.Equal(result.Accepted, result.Finished + result.Live);
        Assert.True(result.Changes[1].RunAgain > 0, "Nothing ran on the silos that were killed.");
        Assert.True(result.StolenShare > 0.9, $"Only {result.StolenShare:0.00} of the tasks ran on another silo than their partition's.");
    }

    private static ScaleResult Run(int seed, int silos = 20, int partitions = 80) =>
        new ScaleModel(new ScaleSettings(silos, seed) { Partitions = partitions, Assign = PartitionMap.Assign }).Run();
}
