using System.Collections.Immutable;
using System.Net;
using Gristmill.Grains.Tasks;
using Microsoft.Extensions.Options;

namespace Gristmill.Grains.Tests.Placement;

public sealed class ClusterViewTests
{
    private const int Partitions = 64;

    private readonly Members _members = new();

    [Fact]
    public void Partitions_AreElsewhere_OnAllSilosButTheirHome_WhichFollowsTheMembers()
    {
        _members.Are((1, SiloStatus.Active), (2, SiloStatus.Active), (3, SiloStatus.Joining));
        ClusterView[] views = [View(1), View(2), View(3)];
        Assert.All(Enumerable.Range(0, Partitions), partition =>
        {
            Assert.Equal(1, views[..2].Count(view => !view.IsElsewhere(partition)));
            Assert.True(views[2].IsElsewhere(partition));
        });

        _members.Are((1, SiloStatus.Active), (2, SiloStatus.Dead), (3, SiloStatus.Active));
        Assert.All(Enumerable.Range(0, Partitions), partition =>
        {
            Assert.NotEqual(views[0].IsElsewhere(partition), views[2].IsElsewhere(partition));
            Assert.True(views[1].IsElsewhere(partition));
        });
    }

    [Fact]
    public void WhereNoSiloIsActive_APartitionStaysWhereItIs()
    {
        _members.Are((1, SiloStatus.ShuttingDown));

        Assert.False(View(1).IsElsewhere(0));
        Assert.Null(View(1).HomeOf(0));
    }

    [Fact]
    public async Task SiloThatWasVotedOut_IsDeadToOthers_AndOpensNothing()
    {
        _members.Are((1, SiloStatus.Active), (2, SiloStatus.Dead));

        Assert.True(View(1).IsDead(Silo(2).ToParsableString()));
        Assert.False(View(1).IsDead(Silo(1).ToParsableString()));
        Assert.False(View(1).IsDead(Silo(9).ToParsableString()));
        await View(1).ConfirmAsync(TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<GrainCallException>(() => View(2).ConfirmAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task ListThatCannotBeRead_IsSaidToBeUnavailable()
    {
        _members.Are((1, SiloStatus.Active));
        _members.Failure = new InvalidOperationException("Redis is away.");

        await Assert.ThrowsAsync<UnavailableException>(() => View(1).ConfirmAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void SiloThatNobodyKnows_IsDead_WhenAnotherIsAtItsAddressNow()
    {
        _members.Are((1, SiloStatus.Active), (2, SiloStatus.Active));

        Assert.True(View(1).IsDead(Silo(1, generation: 4).ToParsableString()));
        Assert.True(View(1).IsDead(Silo(2, generation: 4).ToParsableString()));
        Assert.False(View(1).IsDead(Silo(2, generation: 6).ToParsableString()));
        Assert.False(View(1).IsDead("no address"));
    }

    private static SiloAddress Silo(int number, int generation = 5) => SiloAddress.New(IPAddress.Loopback, number, generation);

    private ClusterView View(int silo) => new(_members, new Local(Silo(silo)), Options.Create(new TaskOptions { Partitions = Partitions }));

    private sealed class Members : IClusterMembershipService
    {
        public ClusterMembershipSnapshot CurrentSnapshot { get; private set; } = null!;

        public Exception? Failure { get; set; }

        public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => throw new NotSupportedException();

        public void Are(params (int Silo, SiloStatus Status)[] members) => CurrentSnapshot = new ClusterMembershipSnapshot(
            members.ToImmutableDictionary(member => Silo(member.Silo), member => new ClusterMember(Silo(member.Silo), member.Status, $"silo {member.Silo}")),
            new MembershipVersion(1));

        public ValueTask Refresh(MembershipVersion minimumVersion = default, CancellationToken cancellationToken = default) =>
            Failure is null ? default : ValueTask.FromException(Failure);

        public Task<bool> TryKill(SiloAddress siloAddress) => throw new NotSupportedException();
    }

    private sealed class Local(SiloAddress silo) : ILocalSiloDetails
    {
        public string Name => "silo";

        public string ClusterId => "test";

        public string DnsHostName => "localhost";

        public SiloAddress SiloAddress => silo;

        public SiloAddress GatewayAddress => silo;
    }
}
