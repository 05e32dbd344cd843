using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.Intrinsics;
using System.Text;

namespace Gristmill.KernelInterop;

/// <summary>The kernels in managed code, for a process without the native library.</summary>
internal sealed class ManagedKernels : KernelSet
{
    private const ulong P1 = 0x9E3779B185EBCA87;
    private const ulong P2 = 0xC2B2AE3D27D4EB4F;
    private const ulong P3 = 0x165667B19E3779F9;
    private const ulong P4 = 0x85EBCA77C2B2AE63;
    private const ulong P5 = 0x27D4EB2F165667C5;

    public override string Implementation => "managed";

    public override string InstructionSet =>
        Vector512.IsHardwareAccelerated ? "avx512"
        : Vector256.IsHardwareAccelerated ? "avx2"
        : Vector128.IsHardwareAccelerated ? (System.Runtime.Intrinsics.Arm.AdvSimd.IsSupported ? "neon" : "sse2")
        : "scalar";

    public override KernelStatus Sum(ReadOnlySpan<long> data, out long result)
    {
        Int128 total = 0;
        foreach (long x in data)
            total += x;
        result = unchecked((long)total);
        return total == result ? KernelStatus.Ok : KernelStatus.Overflow;
    }

    /// <summary>Sign and magnitude apart, as in arithmetic.c: 2^63 fits only if the sign ends up negative.</summary>
    public override KernelStatus Product(ReadOnlySpan<long> data, out long result)
    {
        result = 0;
        ulong magnitude = 1;
        bool negative = false, overflow = false;
        foreach (long x in data)
        {
            if (x == 0)
                return KernelStatus.Ok;
            negative ^= x < 0;
            overflow |= Math.BigMul(magnitude, x < 0 ? unchecked(0 - (ulong)x) : (ulong)x, out magnitude) != 0;
        }

        if (overflow || magnitude > (ulong)long.MaxValue + (negative ? 1u : 0u))
            return KernelStatus.Overflow;
        result = unchecked((long)(negative ? 0 - magnitude : magnitude));
        return KernelStatus.Ok;
    }

    public override KernelStatus Factorial(long n, out long result)
    {
        result = 1;
        if (n is < 0 or > 20)
            return n < 0 ? KernelStatus.OutOfRange : KernelStatus.Overflow;
        for (long factor = 2; factor <= n; factor++)
            result *= factor;
        return KernelStatus.Ok;
    }

    public override KernelStatus ReverseAscii(ReadOnlySpan<char> source, Span<char> destination)
    {
        if (destination.Length < source.Length)
            return KernelStatus.Dimension;
        if (!Ascii.IsValid(source) || source.Contains('\r'))
            return KernelStatus.NotAscii;
        source.CopyTo(destination);
        destination[..source.Length].Reverse();
        return KernelStatus.Ok;
    }

    public override KernelStatus ReverseSegments(ReadOnlySpan<char> source, ReadOnlySpan<int> lengths, Span<char> destination)
    {
        if (destination.Length < source.Length)
            return KernelStatus.Dimension;
        int end = source.Length, begin = 0;
        foreach (int length in lengths)
        {
            if ((uint)length > (uint)end)
                return KernelStatus.Dimension;
            end -= length;
            source.Slice(begin, length).CopyTo(destination[end..]);
            begin += length;
        }

        return end == 0 ? KernelStatus.Ok : KernelStatus.Dimension;
    }

    public override KernelStatus UpperAscii(ReadOnlySpan<char> source, Span<char> destination)
    {
        if (destination.Length < source.Length)
            return KernelStatus.Dimension;
        return Ascii.ToUpper(source, destination, out _) == System.Buffers.OperationStatus.Done ? KernelStatus.Ok : KernelStatus.NotAscii;
    }

    public override KernelStatus XxHash64(ReadOnlySpan<byte> data, ulong seed, out ulong result)
    {
        unchecked
        {
            ulong length = (ulong)data.Length;
            ulong hash = seed + P5;
            if (data.Length >= 32)
            {
                ulong a = seed + P1 + P2, b = seed + P2, c = seed, d = seed - P1;
                for (; data.Length >= 32; data = data[32..])
                {
                    a = Step(a, BinaryPrimitives.ReadUInt64LittleEndian(data));
                    b = Step(b, BinaryPrimitives.ReadUInt64LittleEndian(data[8..]));
                    c = Step(c, BinaryPrimitives.ReadUInt64LittleEndian(data[16..]));
                    d = Step(d, BinaryPrimitives.ReadUInt64LittleEndian(data[24..]));
                }

                hash = BitOperations.RotateLeft(a, 1) + BitOperations.RotateLeft(b, 7) + BitOperations.RotateLeft(c, 12) + BitOperations.RotateLeft(d, 18);
                hash = Merge(Merge(Merge(Merge(hash, a), b), c), d);
            }

            result = Finish(hash + length, data);
            return KernelStatus.Ok;
        }

        static ulong Step(ulong lane, ulong input) => unchecked(BitOperations.RotateLeft(lane + input * P2, 31) * P1);

        static ulong Merge(ulong hash, ulong lane) => unchecked((hash ^ Step(0, lane)) * P1 + P4);

        static ulong Finish(ulong hash, ReadOnlySpan<byte> rest)
        {
            unchecked
            {
                for (; rest.Length >= 8; rest = rest[8..])
                    hash = BitOperations.RotateLeft(hash ^ Step(0, BinaryPrimitives.ReadUInt64LittleEndian(rest)), 27) * P1 + P4;
                if (rest.Length >= 4)
                {
                    hash = BitOperations.RotateLeft(hash ^ BinaryPrimitives.ReadUInt32LittleEndian(rest) * P1, 23) * P2 + P3;
                    rest = rest[4..];
                }

                foreach (byte b in rest)
                    hash = BitOperations.RotateLeft(hash ^ b * P5, 11) * P1;

                hash = (hash ^ hash >> 33) * P2;
                hash = (hash ^ hash >> 29) * P3;
                return hash ^ hash >> 32;
            }
        }
    }

    public override KernelStatus Crc32C(ReadOnlySpan<byte> data, uint previous, out uint result)
    {
        uint state = ~previous;
        for (; data.Length >= 8; data = data[8..])
            state = BitOperations.Crc32C(state, BinaryPrimitives.ReadUInt64LittleEndian(data));
        foreach (byte b in data)
            state = BitOperations.Crc32C(state, b);
        result = ~state;
        return KernelStatus.Ok;
    }
}
