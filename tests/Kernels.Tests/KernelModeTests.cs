using System.Runtime.InteropServices;
using Gristmill.KernelInterop;

namespace Gristmill.KernelTests;

public sealed partial class KernelModeTests
{
    private const string IsaVariable = "GRISTMILL_KERNELS_ISA";

    [Fact]
    public void Choose_Off_IsManagedAndSaysWhy()
    {
        KernelLibrary.Choice choice = KernelLibrary.Choose(KernelMode.Off);
        Assert.Equal("managed", choice.Set.Implementation);
        Assert.NotNull(choice.Reason);
    }

    [Fact]
    public void Choose_RequiredWithLibraryPresent_IsNative() =>
        Assert.Equal("native", KernelLibrary.Choose(KernelMode.Required).Set.Implementation);

    [Fact]
    public void Choose_LibraryAbsent_IsManagedOrRefused()
    {
        KernelLibrary.Choice choice = KernelLibrary.Choose(KernelMode.Preferred, "gristmill_kernels_absent");
        Assert.Equal("managed", choice.Set.Implementation);
        Assert.Contains("gristmill_kernels_absent was not found", choice.Reason, StringComparison.Ordinal);
        Assert.Throws<KernelLibraryException>(static () => KernelLibrary.Choose(KernelMode.Required, "gristmill_kernels_absent"));
    }

    /// <summary>A library that can be loaded and does not say that it has the version: one of the framework's.</summary>
    [Fact]
    public void Choose_LibraryOfAnotherVersion_IsManagedOrRefused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The name of the framework's library is Linux's.");
        string other = Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "libSystem.Native.so");
        KernelLibrary.Choice choice = KernelLibrary.Choose(KernelMode.Preferred, other);
        Assert.Equal("managed", choice.Set.Implementation);
        Assert.Contains("ABI version 0", choice.Reason, StringComparison.Ordinal);
        Assert.Throws<KernelLibraryException>(() => KernelLibrary.Choose(KernelMode.Required, other));
    }

    /// <summary>The library chooses when it is loaded, so each case loads a copy of its own.</summary>
    [Theory]
    [InlineData("scalar", 0)]
    [InlineData("of no processor", -1)]
    public unsafe void Load_InstructionSetInTheEnvironment_IsTakenIfThereIsOne(string wanted, int expected)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The name of the library is Linux's.");
        string usual = KernelSets.Native.InstructionSet; // Loaded by now, so the variable reaches the copy alone.
        string copy = Path.Combine(Path.GetTempPath(), $"kernels-{Guid.NewGuid():N}.so");
        File.Copy(Path.Combine(AppContext.BaseDirectory, $"lib{NativeMethods.Library}.so"), copy);
        Assert.Equal(0, SetVariable(IsaVariable, wanted, 1));
        try
        {
            nint library = NativeLibrary.Load(copy);
            int isa;
            var ask = (delegate* unmanaged<int*, KernelStatus>)NativeLibrary.GetExport(library, "gm_active_isa");
            Assert.Equal(KernelStatus.Ok, ask(&isa));
            Assert.Equal(expected >= 0 ? "scalar" : usual, new NativeKernels(isa).InstructionSet);
            NativeLibrary.Free(library);
        }
        finally
        {
            _ = UnsetVariable(IsaVariable);
            File.Delete(copy);
        }
    }

    [Theory]
    [InlineData((int)KernelStatus.Null, typeof(KernelArgumentException), ErrorCodes.InvalidInput)]
    [InlineData((int)KernelStatus.OutOfRange, typeof(KernelArgumentException), ErrorCodes.InvalidInput)]
    [InlineData((int)KernelStatus.Overflow, typeof(KernelOverflowException), ErrorCodes.Overflow)]
    [InlineData((int)KernelStatus.Overlap, typeof(KernelArgumentException), ErrorCodes.InvalidInput)]
    [InlineData((int)KernelStatus.Misaligned, typeof(KernelArgumentException), ErrorCodes.InvalidInput)]
    [InlineData((int)KernelStatus.OutOfMemory, typeof(KernelMemoryException), ErrorCodes.MemoryBudget)]
    [InlineData((int)KernelStatus.Dimension, typeof(KernelArgumentException), ErrorCodes.InvalidInput)]
    [InlineData((int)KernelStatus.InvalidUtf8, typeof(KernelArgumentException), ErrorCodes.InvalidInput)]
    [InlineData((int)KernelStatus.NotAscii, typeof(KernelArgumentException), ErrorCodes.InvalidInput)]
    [InlineData((int)KernelStatus.Cancelled, typeof(KernelException), ErrorCodes.Kernel)]
    [InlineData(99, typeof(KernelException), ErrorCodes.Kernel)]
    public void ThrowIfFailed_AnyFailure_IsItsExceptionWithTheKernelsName(int status, Type type, string code)
    {
        KernelException thrown = Assert.ThrowsAny<KernelException>(() => ((KernelStatus)status).ThrowIfFailed("the kernel"));
        Assert.Equal((type, code, "the kernel"), (thrown.GetType(), thrown.Code, thrown.Kernel));
        Assert.StartsWith("the kernel: ", thrown.Message, StringComparison.Ordinal);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetVariable(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "unsetenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int UnsetVariable(string name);

    [Fact]
    public void Configure_SecondModeAfterFirstUse_IsRefused()
    {
        KernelReport report = Kernels.Describe();
        Kernels.Configure(report.Mode);
        KernelMode other = report.Mode == KernelMode.Off ? KernelMode.Required : KernelMode.Off;
        Assert.Throws<InvalidOperationException>(() => Kernels.Configure(other));
    }
}
