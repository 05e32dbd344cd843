using System.Numerics;
using System.Numerics.Tensors;
using FsCheck;
using FsCheck.Fluent;
using Gristmill.KernelInterop;

namespace Gristmill.KernelTests;

public sealed class VectorTests
{
    private static KernelSet Native => KernelSets.Native;

    private static KernelSet Managed => KernelSets.Managed;

    public static TheoryData<string> Sets => KernelSets.Names;

    [Fact]
    public void DoubleKernels_AnyNumbers_NativeEqualsManagedToTheBit() =>
        Prop.ForAll(Arb.From(Generators.Arrays(Generators.Double)), data =>
        {
            double[] other = [.. data.Reverse()];
            double[] nativeAxpy = [.. other], managedAxpy = [.. other];
            double[] nativeSums = new double[data.Length], managedSums = new double[data.Length];
            Native.Sum(data, out double nativeSum);
            Managed.Sum(data, out double managedSum);
            Native.Dot(data, other, out double nativeDot);
            Managed.Dot(data, other, out double managedDot);
            Native.Axpy(1.7, data, nativeAxpy);
            Managed.Axpy(1.7, data, managedAxpy);
            Native.PrefixSum(data, nativeSums);
            Managed.PrefixSum(data, managedSums);
            KernelStatus native = Native.MinMax(data, out double nativeMin, out double nativeMax);
            KernelStatus managed = Managed.MinMax(data, out double managedMin, out double managedMax);
            return Generators.SameBits(nativeSum, managedSum) && Generators.SameBits(nativeDot, managedDot)
                && Generators.SameBits(nativeAxpy, managedAxpy) && Generators.SameBits(nativeSums, managedSums)
                && native == managed && Generators.SameBits(nativeMin, managedMin) && Generators.SameBits(nativeMax, managedMax);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void LongKernels_AnyNumbers_NativeEqualsManaged() =>
        Prop.ForAll(Arb.From(Generators.Arrays(Generators.Long)), data =>
        {
            long[] native = new long[data.Length], managed = new long[data.Length];
            KernelStatus status = Native.PrefixSum(data, native);
            bool sums = status == Managed.PrefixSum(data, managed) && (status != KernelStatus.Ok || native.SequenceEqual(managed));
            bool extremes = Native.MinMax(data, out long nativeMin, out long nativeMax) == Managed.MinMax(data, out long managedMin, out long managedMax)
                && nativeMin == managedMin && nativeMax == managedMax;
            return sums && extremes;
        }).QuickCheckThrowOnFailure();

    [Theory, MemberData(nameof(Sets))]
    public void Dot_AnyLongs_IsExactOrOverflow(string set) =>
        Prop.ForAll(Arb.From(Generators.Arrays(Generators.Long)), data =>
        {
            long[] other = [.. data.Reverse()];
            BigInteger expected = data.Zip(other).Aggregate(BigInteger.Zero, (sum, x) => sum + (BigInteger)x.First * x.Second);
            KernelStatus status = KernelSets.Get(set).Dot(data, other, out long result);
            return expected >= long.MinValue && expected <= long.MaxValue ? status == KernelStatus.Ok && result == expected : status == KernelStatus.Overflow;
        }).QuickCheckThrowOnFailure();

    [Theory, MemberData(nameof(Sets))]
    public void FloatingSums_FiniteNumbers_AreNearTheFramework(string set) =>
        Prop.ForAll(Arb.From(Generators.Arrays(Generators.Finite)), data =>
        {
            KernelSet kernels = KernelSets.Get(set);
            kernels.Sum(data, out double sum);
            kernels.Dot(data, data, out double dot);
            double bound = (data.Length + 1) * double.BitIncrement(1) * 1e-15;
            return Math.Abs(sum - TensorPrimitives.Sum<double>(data)) <= bound * (1 + data.Sum(Math.Abs))
                && Math.Abs(dot - TensorPrimitives.Dot<double>(data, data)) <= bound * (1 + dot);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Histogram_AnyNumbers_NativeEqualsManagedAndCountsAllInside() =>
        Prop.ForAll(Arb.From(Generators.Arrays(Generators.Double)), Arb.From(Gen.Choose(1, 40)), (data, bins) =>
        {
            long[] native = new long[bins], managed = new long[bins];
            bool ok = Native.Histogram(data, -50, 60, native) == KernelStatus.Ok && Managed.Histogram(data, -50, 60, managed) == KernelStatus.Ok;
            return ok && native.SequenceEqual(managed) && native.Sum() == data.Count(static x => x is >= -50 and <= 60);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Histogram_LongData_NativeEqualsManaged()
    {
        var random = new Random(1);
        double[] data = [.. Enumerable.Range(0, 20_001).Select(i => i % 97 == 0 ? double.NaN : random.NextDouble() * 9 - 1)];
        long[] native = new long[100], managed = new long[100];
        Assert.Equal(KernelStatus.Ok, Native.Histogram(data, 0, 7, native));
        Assert.Equal(KernelStatus.Ok, Managed.Histogram(data, 0, 7, managed));
        Assert.Equal(managed, native);
    }

    [Theory, MemberData(nameof(Sets))]
    public void BadArguments_AreStatuses(string set)
    {
        KernelSet kernels = KernelSets.Get(set);
        double[] data = [1, 2, 3];
        Assert.Equal(KernelStatus.Dimension, kernels.Dot(data, data.AsSpan(1), out _));
        Assert.Equal(KernelStatus.Dimension, kernels.Axpy(1, data, data.AsSpan(1)));
        Assert.Equal(KernelStatus.Overlap, kernels.Axpy(1, data.AsSpan(1), data.AsSpan(0, 2)));
        Assert.Equal(KernelStatus.Overlap, kernels.PrefixSum(data.AsSpan(1), data.AsSpan(0, 2)));
        Assert.Equal(KernelStatus.OutOfRange, kernels.MinMax(ReadOnlySpan<long>.Empty, out _, out _));
        Assert.Equal(KernelStatus.OutOfRange, kernels.Histogram(data, 1, 1, new long[3]));
        Assert.Equal(KernelStatus.OutOfRange, kernels.Histogram(data, 0, double.NaN, new long[3]));
        Assert.Equal(KernelStatus.OutOfRange, kernels.Histogram(data, 0, 1, []));
    }
}
