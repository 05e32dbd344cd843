using System.Runtime.InteropServices;

namespace Gristmill.KernelInterop;

/// <summary>
/// The exports of Native/include/gristmill_kernels.h, which states the rules of each. Entry points whose name ends in <c>Short</c> skip the
/// GC transition: only for calls that stay under a microsecond, neither block nor call back.
/// </summary>
internal static unsafe partial class NativeMethods
{
    public const string Library = "gristmill_kernels";

    /// <summary>The version that this class was written for.</summary>
    public const uint AbiVersion = 1;

    [LibraryImport(Library, EntryPoint = "gm_abi_version")]
    public static partial KernelStatus GetAbiVersion(uint* version);

    [LibraryImport(Library, EntryPoint = "gm_active_isa")]
    public static partial KernelStatus GetActiveIsa(int* isa);

    [LibraryImport(Library, EntryPoint = "gm_sum_i64")]
    public static partial KernelStatus Sum(long* data, ulong count, long* result);

    [LibraryImport(Library, EntryPoint = "gm_sum_i64")]
    [SuppressGCTransition]
    public static partial KernelStatus SumShort(long* data, ulong count, long* result);

    [LibraryImport(Library, EntryPoint = "gm_product_i64")]
    public static partial KernelStatus Product(long* data, ulong count, long* result);

    [LibraryImport(Library, EntryPoint = "gm_product_i64")]
    [SuppressGCTransition]
    public static partial KernelStatus ProductShort(long* data, ulong count, long* result);

    [LibraryImport(Library, EntryPoint = "gm_factorial_i64")]
    [SuppressGCTransition]
    public static partial KernelStatus FactorialShort(long n, long* result);

    [LibraryImport(Library, EntryPoint = "gm_reverse_ascii_u16")]
    public static partial KernelStatus ReverseAscii(char* source, ulong count, char* destination);

    [LibraryImport(Library, EntryPoint = "gm_reverse_segments_u16")]
    public static partial KernelStatus ReverseSegments(char* source, ulong count, int* lengths, ulong segmentCount, char* destination);

    [LibraryImport(Library, EntryPoint = "gm_upper_ascii_u16")]
    public static partial KernelStatus UpperAscii(char* source, ulong count, char* destination);

    [LibraryImport(Library, EntryPoint = "gm_xxh64")]
    public static partial KernelStatus XxHash64(byte* data, ulong count, ulong seed, ulong* result);

    [LibraryImport(Library, EntryPoint = "gm_xxh64")]
    [SuppressGCTransition]
    public static partial KernelStatus XxHash64Short(byte* data, ulong count, ulong seed, ulong* result);

    [LibraryImport(Library, EntryPoint = "gm_crc32c")]
    public static partial KernelStatus Crc32C(byte* data, ulong count, uint previous, uint* result);

    [LibraryImport(Library, EntryPoint = "gm_crc32c")]
    [SuppressGCTransition]
    public static partial KernelStatus Crc32CShort(byte* data, ulong count, uint previous, uint* result);
}
