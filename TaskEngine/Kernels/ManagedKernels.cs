using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace Gristmill.KernelInterop;

/// <summary>The kernels in managed code, for a process without the native library.</summary>
internal sealed partial class ManagedKernels : KernelSet
{
    public override string Implementation => "managed";

    public override string InstructionSet =>
        Vector512.IsHardwareAccelerated ? "avx512"
        : Vector256.IsHardwareAccelerated ? "avx2"
        : Vector128.IsHardwareAccelerated ? (AdvSimd.IsSupported ? "neon" : "sse2")
        : "scalar";
}
