namespace Gristmill.Contract.Tests.Identity;

public sealed class KeyTests(ContractCluster cluster)
{
    [Theory]
    [InlineData(0)]
    [InlineData(42)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    public async Task IntegerKey_ReachesTheGrain(long key)
    {
        IIntegerKeyGrain grain = cluster.Grains.GetGrain<IIntegerKeyGrain>(key);

        Assert.Equal(key, await grain.GetKey());
        Assert.Equal(key, grain.GetPrimaryKeyLong());
    }

    [Theory]
    [InlineData("a")]
    [InlineData("with spaces, ümläuts and 日本語")]
    [InlineData("a/b+c")]
    public async Task StringKey_ReachesTheGrain(string key)
    {
        IStringKeyGrain grain = cluster.Grains.GetGrain<IStringKeyGrain>(key);

        Assert.Equal(key, await grain.GetKey());
        Assert.Equal(key, grain.GetPrimaryKeyString());
    }

    [Fact]
    public async Task GuidKey_ReachesTheGrain()
    {
        Guid key = Guid.NewGuid();

        Assert.Equal(key, await cluster.Grains.GetGrain<IGuidKeyGrain>(key).GetKey());
    }

    [Fact]
    public void GrainId_IsTypeAndKeyInHexadecimal()
    {
        GrainId id = cluster.Grains.GetGrain<IIntegerKeyGrain>(255).GetGrainId();

        Assert.Equal("integerkey/FF", id.ToString());
        Assert.Equal(id, GrainId.Parse("integerkey/FF"));
    }

    [Fact]
    public void GrainType_Attribute_NamesTheType() =>
        Assert.Equal("own-name", cluster.Grains.GetGrain<IStringKeyGrain>("k").GetGrainId().Type.ToString());

    [Fact]
    public void References_ToTheSameGrain_AreEqual()
    {
        Assert.Equal(cluster.Grains.GetGrain<IIntegerKeyGrain>(1), cluster.Grains.GetGrain<IIntegerKeyGrain>(1));
        Assert.NotEqual(cluster.Grains.GetGrain<IIntegerKeyGrain>(1), cluster.Grains.GetGrain<IIntegerKeyGrain>(2));
    }

    [Fact]
    public async Task Reference_FromTheGrainItself_ReachesIt()
    {
        IIntegerKeyGrain self = await cluster.Grains.GetGrain<IIntegerKeyGrain>(77).GetSelf();

        Assert.Equal(77, await self.GetKey());
    }

    [Fact]
    public void Interface_WithoutClass_IsRefused() =>
        Assert.Throws<ArgumentException>(() => cluster.Grains.GetGrain<INobodysGrain>(1));

    [Fact]
    public async Task Interface_InheritsMethods()
    {
        IDerivedGrain grain = cluster.Grains.GetGrain<IDerivedGrain>(5);

        Assert.Equal(("base", "derived"), (await grain.Base(), await grain.Derived()));
    }

    [Fact]
    public void SiloAddress_ParsableForm_IsItsInverse()
    {
        SiloAddress address = cluster.Silos[0].SiloAddress;

        Assert.Equal(address, SiloAddress.FromParsableString(address.ToParsableString()));
    }
}
