using System.Runtime.InteropServices;

namespace Gristmill.KernelInterop;

/// <summary>
/// Chooses the set of kernels, once per process: at <see cref="Configure"/>, or at the first kernel call from the environment
/// variable <c>Kernels__Native</c>.
/// </summary>
internal static class KernelLibrary
{
    public const string EnvironmentVariable = "Kernels__Native";

    private static readonly Lock s_lock = new();

    /// <summary>Null until the choice is made; written once under the lock, read under it.</summary>
    private static Choice? s_choice;

    internal sealed record Choice(KernelMode Mode, KernelSet Set, string? Reason);

    /// <summary>The choice; made now if it was not made before.</summary>
    /// <exception cref="KernelLibraryException">The library is required and cannot be used.</exception>
    public static Choice Current
    {
        get
        {
            lock (s_lock)
                return s_choice ??= Choose(ModeOfEnvironment());
        }
    }

    public static void Configure(KernelMode mode)
    {
        lock (s_lock)
        {
            s_choice ??= Choose(mode);
            if (s_choice.Mode != mode)
                throw new InvalidOperationException($"The kernels were started with mode {s_choice.Mode}; they cannot change to {mode}.");
        }
    }

    /// <summary>Makes a choice without keeping it. Tests name another library, to see it refused.</summary>
    public static Choice Choose(KernelMode mode, string library = NativeMethods.Library)
    {
        if (mode == KernelMode.Off)
            return new Choice(mode, new ManagedKernels(), "Switched off by Kernels:Native.");
        if (TryLoad(library, out KernelSet? native, out string reason))
            return new Choice(mode, native!, null);
        return mode == KernelMode.Required
            ? throw new KernelLibraryException($"Kernels:Native is Required, but {reason}")
            : new Choice(mode, new ManagedKernels(), reason);
    }

    private static KernelMode ModeOfEnvironment()
    {
        string? text = Environment.GetEnvironmentVariable(EnvironmentVariable);
        if (string.IsNullOrEmpty(text))
            return KernelMode.Preferred;
        return Enum.TryParse(text, ignoreCase: true, out KernelMode mode) && Enum.IsDefined(mode)
            ? mode
            : throw new KernelLibraryException($"{EnvironmentVariable} is '{text}': use Required, Preferred or Off.");
    }

    private static unsafe bool TryLoad(string library, out KernelSet? set, out string reason)
    {
        set = null;
        if (!NativeLibrary.TryLoad(
            library, typeof(KernelLibrary).Assembly, DllImportSearchPath.AssemblyDirectory, out nint handle))
        {
            reason = $"the native library {library} was not found beside the program, or cannot be loaded on this system.";
            return false;
        }

        // Asked through the handle and before anything else is called: an older library may lack every other export.
        uint version = 0;
        if (!NativeLibrary.TryGetExport(handle, "gm_abi_version", out nint export)
            || ((delegate* unmanaged<uint*, KernelStatus>)export)(&version) != KernelStatus.Ok
            || version != NativeMethods.AbiVersion)
        {
            reason = $"the native library has ABI version {version}, and version {NativeMethods.AbiVersion} is needed: build both from one source.";
            return false;
        }

        int isa;
        NativeMethods.GetActiveIsa(&isa).ThrowIfFailed("instruction set");
        set = new NativeKernels(isa);
        reason = "";
        return true;
    }
}
