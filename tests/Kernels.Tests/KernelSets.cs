using Gristmill.KernelInterop;

namespace Gristmill.KernelTests;

/// <summary>Both implementations, so that each test states what holds for either.</summary>
internal static class KernelSets
{
    public static KernelSet Native { get; } = KernelLibrary.Choose(KernelMode.Required).Set;

    public static KernelSet Managed { get; } = new ManagedKernels();

    public static TheoryData<string> Names => ["native", "managed"];

    public static KernelSet Get(string name) => name == "native" ? Native : Managed;
}
