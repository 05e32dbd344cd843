using Gristmill.KernelInterop;

namespace Gristmill.KernelTests;

public sealed class KernelModeTests
{
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
    public void Configure_SecondModeAfterFirstUse_IsRefused()
    {
        KernelReport report = Kernels.Describe();
        Kernels.Configure(report.Mode);
        KernelMode other = report.Mode == KernelMode.Off ? KernelMode.Required : KernelMode.Off;
        Assert.Throws<InvalidOperationException>(() => Kernels.Configure(other));
    }
}
