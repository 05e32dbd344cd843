namespace Gristmill;

/// <summary>Where the kernels run: the setting <c>Kernels:Native</c>.</summary>
public enum KernelMode
{
    /// <summary>In the native library where it can be loaded, otherwise in managed code. The default.</summary>
    Preferred = 0,

    /// <summary>In the native library; starting without it is an error.</summary>
    Required = 1,

    /// <summary>In managed code.</summary>
    Off = 2,
}
