using System.Runtime.InteropServices;

namespace Gristmill.KernelInterop;

/// <summary>
/// The exports of Native/include/gristmill_kernels.h, which states the rules of each. Entry points whose name ends in
/// <c>Short</c> skip the GC transition: only for calls that stay under a microsecond, neither block nor call back.
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

    [LibraryImport(Library, EntryPoint = "gm_dot_i64")]
    public static partial KernelStatus Dot(long* a, long* b, ulong count, long* result);

    [LibraryImport(Library, EntryPoint = "gm_prefix_sum_i64")]
    public static partial KernelStatus PrefixSum(long* data, ulong count, long* destination);

    [LibraryImport(Library, EntryPoint = "gm_min_max_i64")]
    public static partial KernelStatus MinMax(long* data, ulong count, long* min, long* max);

    [LibraryImport(Library, EntryPoint = "gm_sum_f64")]
    public static partial KernelStatus Sum(double* data, ulong count, double* result);

    [LibraryImport(Library, EntryPoint = "gm_sum_f64")]
    [SuppressGCTransition]
    public static partial KernelStatus SumShort(double* data, ulong count, double* result);

    [LibraryImport(Library, EntryPoint = "gm_dot_f64")]
    public static partial KernelStatus Dot(double* a, double* b, ulong count, double* result);

    [LibraryImport(Library, EntryPoint = "gm_dot_f64")]
    [SuppressGCTransition]
    public static partial KernelStatus DotShort(double* a, double* b, ulong count, double* result);

    [LibraryImport(Library, EntryPoint = "gm_axpy_f64")]
    public static partial KernelStatus Axpy(double factor, double* x, ulong count, double* y);

    [LibraryImport(Library, EntryPoint = "gm_prefix_sum_f64")]
    public static partial KernelStatus PrefixSum(double* data, ulong count, double* destination);

    [LibraryImport(Library, EntryPoint = "gm_min_max_f64")]
    public static partial KernelStatus MinMax(double* data, ulong count, double* min, double* max);

    [LibraryImport(Library, EntryPoint = "gm_histogram_f64")]
    public static partial KernelStatus Histogram(double* data, ulong count, double low, double high, long* counts, ulong binCount);

    [LibraryImport(Library, EntryPoint = "gm_multiply_f64")]
    public static partial KernelStatus Multiply(
        double* a, ulong aCount, double* b, ulong bCount, double* c, ulong cCount, ulong rows, ulong inner, ulong columns,
        delegate* unmanaged<nint, double, int> progress, nint context);

    [LibraryImport(Library, EntryPoint = "gm_sort_i64")]
    public static partial KernelStatus Sort(long* data, ulong count, delegate* unmanaged<nint, double, int> progress, nint context);

    [LibraryImport(Library, EntryPoint = "gm_sort_f64")]
    public static partial KernelStatus Sort(double* data, ulong count, delegate* unmanaged<nint, double, int> progress, nint context);

    [LibraryImport(Library, EntryPoint = "gm_merge_i64")]
    public static partial KernelStatus Merge(long* a, ulong aCount, long* b, ulong bCount, long* destination);

    [LibraryImport(Library, EntryPoint = "gm_merge_f64")]
    public static partial KernelStatus Merge(double* a, ulong aCount, double* b, ulong bCount, double* destination);

    [LibraryImport(Library, EntryPoint = "gm_prime_count")]
    public static partial KernelStatus CountPrimes(
        ulong low, ulong high, delegate* unmanaged<nint, double, int> progress, nint context, ulong* result);

    [LibraryImport(Library, EntryPoint = "gm_mandelbrot")]
    public static partial KernelStatus Mandelbrot(
        double left, double top, double step, ulong columns, ulong firstRow, ulong rowCount, uint maxIterations, uint* counts, ulong count,
        delegate* unmanaged<nint, double, int> progress, nint context);

    [LibraryImport(Library, EntryPoint = "gm_validate_utf8")]
    public static partial KernelStatus ValidateUtf8(byte* text, ulong count);

    [LibraryImport(Library, EntryPoint = "gm_find_u8")]
    public static partial KernelStatus Find(
        byte* text, ulong count, ulong start, byte* needle, ulong needleCount, uint flags, ulong* position);

    [LibraryImport(Library, EntryPoint = "gm_count_u8")]
    public static partial KernelStatus Count(byte* text, ulong count, byte* needle, ulong needleCount, uint flags, ulong* occurrences);

    [LibraryImport(Library, EntryPoint = "gm_find_records_u8")]
    public static partial KernelStatus FindRecords(
        byte* text, ulong count, uint* ends, ulong recordCount, byte* needle, ulong needleCount, uint flags, ulong* next, uint* matches,
        ulong capacity, ulong* found);
}
