using System.Buffers.Binary;
using System.Numerics;

namespace Gristmill.KernelInterop;

internal sealed partial class ManagedKernels
{
    private const ulong P1 = 0x9E3779B185EBCA87;
    private const ulong P2 = 0xC2B2AE3D27D4EB4F;
    private const ulong P3 = 0x165667B19E3779F9;
    private const ulong P4 = 0x85EBCA77C2B2AE63;
    private const ulong P5 = 0x27D4EB2F165667C5;

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

                hash = BitOperations.RotateLeft(a, 1) + BitOperations.RotateLeft(b, 7)
                    + BitOperations.RotateLeft(c, 12) + BitOperations.RotateLeft(d, 18);
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
