using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;
using Gristmill.KernelInterop;

namespace Gristmill.KernelTests;

public sealed class LongKernelTests
{
    private static KernelProgress Nobody => new(null, CancellationToken.None);

    public static TheoryData<string> Sets => KernelSets.Names;

    [Theory, MemberData(nameof(Sets))]
    public void Sort_AnyLongs_MatchesArraySort(string set) =>
        Prop.ForAll(Arb.From(Generators.Arrays(Generators.Long)), data =>
        {
            long[] actual = [.. data];
            Array.Sort(data);
            return KernelSets.Get(set).Sort(actual, Nobody) == KernelStatus.Ok && actual.SequenceEqual(data);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Sort_AnyDoubles_NativeEqualsManagedAndMatchesArraySort() =>
        Prop.ForAll(Arb.From(Generators.Arrays(Generators.Double)), data =>
        {
            double[] native = [.. data], managed = [.. data];
            KernelSets.Native.Sort(native, Nobody);
            KernelSets.Managed.Sort(managed, Nobody);
            Array.Sort(data);
            return Generators.SameBits(native, managed) && native.Zip(data).All(static p => p.First.CompareTo(p.Second) == 0);
        }).QuickCheckThrowOnFailure();

    /// <summary>
    /// NaNs first, whatever their sign and payload; then negative infinity to positive infinity, -0 before +0, to the bit. The lengths lie
    /// around those at which either implementation changes its way.
    /// </summary>
    [Theory]
    [InlineData(2)]
    [InlineData(97)]
    [InlineData(1_000)]
    [InlineData(32_768)]
    [InlineData(32_769)]
    [InlineData(70_001)]
    [InlineData(600_000)]
    public void Sort_DoublesThatTripSorts_GivesTheStatedOrderToTheBit(int length)
    {
        double[] special =
        [
            double.NaN, BitConverter.UInt64BitsToDouble(0x7FF8000000000001), BitConverter.UInt64BitsToDouble(0x7FF0000000000001),
            BitConverter.UInt64BitsToDouble(0xFFFFFFFFFFFFFFFF), double.PositiveInfinity, double.NegativeInfinity, 0.0, -0.0, double.Epsilon,
            -double.Epsilon, double.MaxValue, double.MinValue, 1, -1,
        ];
        var random = new Random(length);
        double[] data = new double[length];
        foreach (ref double x in data.AsSpan())
            x = random.Next(2) == 0 ? special[random.Next(special.Length)] : BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
        double[] numbers = [.. data.Where(static x => !double.IsNaN(x)).OrderBy(static x => x).ThenBy(static x => !double.IsNegative(x))];

        foreach (string set in new[] { "native", "managed" })
        {
            double[] sorted = [.. data];
            Assert.Equal(KernelStatus.Ok, KernelSets.Get(set).Sort(sorted, Nobody));
            int nans = length - numbers.Length;
            Assert.All(sorted[..nans], static x => Assert.True(double.IsNaN(x)));
            Assert.True(MemoryMarshal.AsBytes(sorted.AsSpan(nans)).SequenceEqual(MemoryMarshal.AsBytes(numbers.AsSpan())), set);
            Assert.Equal(NanBits(data), NanBits(sorted));
        }

        static IEnumerable<long> NanBits(double[] data) => data.Where(double.IsNaN).Select(BitConverter.DoubleToInt64Bits).Order();
    }

    /// <summary>Keys that agree in their upper bytes, so that sorting by those alone leaves much to do.</summary>
    [Theory, MemberData(nameof(Sets))]
    public void Sort_NumbersThatDifferLate_MatchesArraySort(string set)
    {
        var random = new Random(4);
        foreach (int length in new[] { 500, 40_000, 700_000 })
        {
            long[] data = new long[length];
            foreach (ref long x in data.AsSpan())
                x = ((long)random.Next(3) << 60) | ((long)random.Next(3) << 33) | (uint)random.Next(0, 1000);
            long[] expected = [.. data];
            Array.Sort(expected);
            Assert.Equal(KernelStatus.Ok, KernelSets.Get(set).Sort(data, Nobody));
            Assert.Equal(expected, data);
        }
    }

    [Theory, MemberData(nameof(Sets))]
    public void Sort_ManyNumbers_MatchesArraySort(string set)
    {
        var random = new Random(2);
        long[] data = new long[300_001];
        random.NextBytes(MemoryMarshal.AsBytes(data.AsSpan()));
        long[] expected = [.. data];
        Array.Sort(expected);
        Assert.Equal(KernelStatus.Ok, KernelSets.Get(set).Sort(data, Nobody));
        Assert.Equal(expected, data);
    }

    [Theory, MemberData(nameof(Sets))]
    public void Merge_SortedParts_IsSorted(string set) =>
        Prop.ForAll(Arb.From(Generators.Arrays(Generators.Double)), data =>
        {
            KernelSet kernels = KernelSets.Get(set);
            int middle = data.Length / 3;
            double[] expected = [.. data], actual = new double[data.Length];
            kernels.Sort(expected, Nobody);
            kernels.Sort(data.AsSpan(0, middle), Nobody);
            kernels.Sort(data.AsSpan(middle), Nobody);
            return kernels.Merge(data.AsSpan(0, middle), data.AsSpan(middle), actual) == KernelStatus.Ok && Generators.SameBits(expected, actual);
        }).QuickCheckThrowOnFailure();

    [Theory, MemberData(nameof(Sets))]
    public void CountPrimes_Ranges_MatchKnownCounts(string set)
    {
        KernelSet kernels = KernelSets.Get(set);
        Assert.Equal(0ul, Count(0, 0));
        Assert.Equal(1ul, Count(2, 3));
        Assert.Equal(25ul, Count(0, 100));
        Assert.Equal(664_579ul, Count(0, 10_000_000));
        Assert.Equal(361_726ul, Count(1_000_000_000_000, 1_000_010_000_000));
        Assert.Equal(KernelStatus.OutOfRange, kernels.CountPrimes(3, 2, Nobody, out _));
        Assert.Equal(KernelStatus.OutOfRange, kernels.CountPrimes(0, ulong.MaxValue, Nobody, out _));

        ulong Count(ulong low, ulong high)
        {
            Assert.Equal(KernelStatus.Ok, kernels.CountPrimes(low, high, Nobody, out ulong result));
            return result;
        }
    }

    [Fact]
    public void CountPrimes_AnyRange_NativeEqualsManaged() =>
        Prop.ForAll(Arb.From(Gen.Choose(0, 20_000_000)), Arb.From(Gen.Choose(0, 200_000)), (low, length) =>
        {
            KernelSets.Native.CountPrimes((ulong)low, (ulong)(low + length), Nobody, out ulong native);
            KernelSets.Managed.CountPrimes((ulong)low, (ulong)(low + length), Nobody, out ulong managed);
            return native == managed;
        }).QuickCheckThrowOnFailure();

    [Theory, MemberData(nameof(Sets))]
    public void Multiply_AnySizes_IsWithinTheStatedBound(string set) =>
        Prop.ForAll(Arb.From(Gen.Choose(0, 40).Three()), sizes =>
        {
            (int rows, int inner, int columns) = sizes;
            var random = new Random(rows * 10_000 + inner * 100 + columns);
            double[] a = [.. Enumerable.Range(0, rows * inner).Select(_ => random.NextDouble() - 0.5)];
            double[] b = [.. Enumerable.Range(0, inner * columns).Select(_ => random.NextDouble() - 0.5)];
            double[] c = new double[rows * columns];
            if (KernelSets.Get(set).Multiply(a, b, c, rows, inner, columns, Nobody) != KernelStatus.Ok)
                return false;
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++)
                {
                    double exact = 0, size = 0;
                    for (int k = 0; k < inner; k++)
                    {
                        exact += a[i * inner + k] * b[k * columns + j];
                        size += Math.Abs(a[i * inner + k] * b[k * columns + j]);
                    }

                    if (Math.Abs(c[i * columns + j] - exact) > 2 * inner * Math.Pow(2, -52) * size)
                        return false;
                }
            }

            return true;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Multiply_SizesThatDoNotFit_Throws()
    {
        Assert.Throws<KernelArgumentException>(() => Kernels.Multiply(new double[6], new double[6], new double[5], 2, 3, 2));
        double[] shared = new double[10];
        Assert.Throws<KernelArgumentException>(() => Kernels.Multiply(shared.AsSpan(0, 4), new double[4], shared.AsSpan(2, 4), 2, 2, 2));
    }

    [Fact]
    public void Mandelbrot_Rows_NativeEqualsManagedAndPartsJoin()
    {
        var grid = new MandelbrotGrid(-2, 1.2, 0.031, 101, 77, 300);
        uint[] native = new uint[101 * 77], managed = new uint[101 * 77];
        Assert.Equal(KernelStatus.Ok, KernelSets.Native.Mandelbrot(grid, 0, native, Nobody));
        Assert.Equal(KernelStatus.Ok, KernelSets.Managed.Mandelbrot(grid, 0, managed.AsSpan(0, 101 * 30), Nobody));
        Assert.Equal(KernelStatus.Ok, KernelSets.Managed.Mandelbrot(grid, 30, managed.AsSpan(101 * 30), Nobody));
        Assert.Equal(native, managed);
        Assert.Equal(KernelStatus.Dimension, KernelSets.Native.Mandelbrot(grid, 0, native.AsSpan(1), Nobody));
        Assert.Equal(KernelStatus.OutOfRange, KernelSets.Native.Mandelbrot(grid, 1, native, Nobody));
        Assert.Equal(KernelStatus.OutOfRange, KernelSets.Managed.Mandelbrot(grid with { Step = double.NaN }, 0, managed, Nobody));
        foreach (KernelSet kernels in new[] { KernelSets.Native, KernelSets.Managed })
            Assert.Equal(KernelStatus.OutOfRange, kernels.Mandelbrot(grid with { MaxIterations = MandelbrotGrid.MaxMaxIterations + 1 }, 0, managed, Nobody));
    }
}
