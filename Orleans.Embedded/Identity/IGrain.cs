using Orleans.Runtime;

namespace Orleans;

/// <summary>
/// The root of grain interfaces. A grain interface derives from one of the interfaces that say what its key is.
/// </summary>
public interface IGrain : IAddressable;

public interface IGrainWithStringKey : IGrain;

public interface IGrainWithIntegerKey : IGrain;

public interface IGrainWithGuidKey : IGrain;
