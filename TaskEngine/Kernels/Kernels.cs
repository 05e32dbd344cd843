using Gristmill.KernelInterop;

namespace Gristmill;

/// <summary>
/// The compute kernels: native where the library is to be had, managed otherwise, with equal results. All members are safe from
/// any thread. Which one works is chosen once per process, at <see cref="Configure"/> or at the first call.
/// </summary>
public static partial class Kernels
{
    // Read through a static readonly field of a nested class: the JIT knows the exact type behind it and calls it directly.
    private static KernelSet Set => Chosen.Set;

    /// <summary>
    /// Chooses where kernels run. Call it before the first kernel; calling again with the same mode changes nothing.
    /// </summary>
    /// <exception cref="KernelLibraryException">The mode is <see cref="KernelMode.Required"/>, and the library is missing or of
    /// another version.</exception>
    /// <exception cref="InvalidOperationException">Another mode was chosen before.</exception>
    public static void Configure(KernelMode mode) => KernelLibrary.Configure(mode);

    /// <summary>What is in use, and why.</summary>
    /// <exception cref="KernelLibraryException">Nothing was configured, and the environment asks for a library that cannot be
    /// used.</exception>
    public static KernelReport Describe()
    {
        KernelLibrary.Choice choice = KernelLibrary.Current;
        return new KernelReport(choice.Mode, choice.Set.Implementation, choice.Set.InstructionSet, choice.Reason);
    }

    private static class Chosen
    {
        public static readonly KernelSet Set = KernelLibrary.Current.Set;
    }
}
