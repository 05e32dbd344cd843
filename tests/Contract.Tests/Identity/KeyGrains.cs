namespace Gristmill.Contract.Tests.Identity;

public interface IIntegerKeyGrain : IGrainWithIntegerKey
{
    Task<long> GetKey();

    Task<IIntegerKeyGrain> GetSelf();
}

public sealed class IntegerKeyGrain : Grain, IIntegerKeyGrain
{
    public Task<long> GetKey() => Task.FromResult(this.GetPrimaryKeyLong());

    public Task<IIntegerKeyGrain> GetSelf() => Task.FromResult(this.AsReference<IIntegerKeyGrain>());
}

public interface IStringKeyGrain : IGrainWithStringKey
{
    ValueTask<string> GetKey();
}

[GrainType("own-name")]
public sealed class StringKeyGrain : Grain, IStringKeyGrain
{
    public ValueTask<string> GetKey() => ValueTask.FromResult(this.GetPrimaryKeyString());
}

public interface IGuidKeyGrain : IGrainWithGuidKey
{
    Task<Guid> GetKey();
}

public sealed class GuidKeyGrain : Grain, IGuidKeyGrain
{
    public Task<Guid> GetKey() => Task.FromResult(this.GetPrimaryKey());
}

public interface INobodysGrain : IGrainWithIntegerKey
{
    Task Call();
}

public interface IBaseGrain : IGrainWithIntegerKey
{
    Task<string> Base();
}

public interface IDerivedGrain : IBaseGrain
{
    Task<string> Derived();
}

public sealed class DerivedGrain : Grain, IDerivedGrain
{
    public Task<string> Base() => Task.FromResult("base");

    public Task<string> Derived() => Task.FromResult("derived");
}
