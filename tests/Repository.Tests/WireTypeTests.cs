using Gristmill.Grains.Users;

namespace Gristmill.Repository.Tests;

public sealed class WireTypeTests
{
    [Fact]
    public void GrainInterfaces_EveryTypeThatCrossesACall_IsImmutableAndSerializable() =>
        Assert.Empty(WireTypes.FaultsOf(typeof(IUserGrain).Assembly));

    [Fact]
    public void MutableType_IsReported()
    {
        IReadOnlyList<string> faults = WireTypes.FaultsOf(typeof(Mutable));

        Assert.Contains(faults, fault => fault.Contains("Name can be set", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Contains("Hidden can be set", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Contains("Count can be written", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Contains("[GenerateSerializer]", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Contains("List", StringComparison.Ordinal));
    }

    private sealed class Mutable
    {
#pragma warning disable CS0649 // Never assigned: it is here to be found.
        public int Count;
#pragma warning restore CS0649

        public string Name { get; set; } = "";

        internal int Hidden { get; set; }

        public List<int> Numbers { get; } = [];
    }
}
