using FsCheck;
using FsCheck.Fluent;

namespace Gristmill.KernelTests;

/// <summary>Numbers and arrays that kernels trip over: ends of ranges, zeros of both signs, NaN, and lengths around a vector's.</summary>
internal static class Generators
{
    public static Gen<long> Long { get; } = Gen.OneOf(
        Gen.Choose(-5, 5).Select(static x => (long)x),
        Gen.Elements(long.MaxValue, long.MinValue, 1L << 62, -(1L << 62), 1L << 32, -1, 0, 1),
        ArbMap.Default.GeneratorFor<long>());

    public static Gen<double> Double { get; } = Gen.OneOf(
        Gen.Choose(-1000, 1000).Select(static x => x / 8.0),
        Gen.Elements(0.0, -0.0, double.Epsilon, double.MaxValue, double.PositiveInfinity, double.NegativeInfinity),
        ArbMap.Default.GeneratorFor<double>());

    public static Gen<double> Finite { get; } = Gen.Choose(-100_000, 100_000).Select(static x => x / 64.0);

    public static Gen<T[]> Arrays<T>(Gen<T> element) =>
        Gen.OneOf(element.ArrayOf(), Gen.Choose(0, 300).SelectMany(length => element.ArrayOf(length)));

    public static bool SameBits(double a, double b) =>
        BitConverter.DoubleToInt64Bits(a) == BitConverter.DoubleToInt64Bits(b) || (double.IsNaN(a) && double.IsNaN(b));

    public static bool SameBits(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        bool same = a.Length == b.Length;
        for (int i = 0; same && i < a.Length; i++)
            same = SameBits(a[i], b[i]);
        return same;
    }
}
