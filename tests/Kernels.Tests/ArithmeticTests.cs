using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Gristmill.KernelInterop;

namespace Gristmill.KernelTests;

public sealed class ArithmeticTests
{
    public static TheoryData<string> Sets => KernelSets.Names;

    [Theory, MemberData(nameof(Sets))]
    public void Sum_AnyNumbers_IsExactOrOverflow(string set) =>
        Prop.ForAll(Numbers(), data =>
            Agrees(KernelSets.Get(set).Sum(data, out long result), result, data.Aggregate(BigInteger.Zero, (sum, x) => sum + x)))
            .QuickCheckThrowOnFailure();

    [Theory, MemberData(nameof(Sets))]
    public void Product_AnyNumbers_IsExactOrOverflow(string set) =>
        Prop.ForAll(Numbers(), data =>
            Agrees(KernelSets.Get(set).Product(data, out long result), result, data.Aggregate(BigInteger.One, (p, x) => p * x)))
            .QuickCheckThrowOnFailure();

    [Theory, MemberData(nameof(Sets))]
    public void Factorial_EveryArgument_IsExactOrRefused(string set)
    {
        KernelSet kernels = KernelSets.Get(set);
        BigInteger expected = 1;
        for (int n = 1; n <= 25; n++)
        {
            expected *= n;
            Assert.True(Agrees(kernels.Factorial(n, out long result), result, expected));
        }

        Assert.Equal(KernelStatus.Ok, kernels.Factorial(0, out long one));
        Assert.Equal(1, one);
        Assert.Equal(KernelStatus.OutOfRange, kernels.Factorial(-1, out _));
    }

    [Fact]
    public void Kernels_ResultDoesNotFit_ThrowsOverflowThatNamesTheKernel()
    {
        var failure = Assert.Throws<KernelOverflowException>(() => Kernels.Factorial(21));
        Assert.Equal(ErrorCodes.Overflow, failure.Code);
        Assert.Equal("factorial", failure.Kernel);
        Assert.Equal("factorial: the exact result does not fit its type.", failure.Message);
        Assert.Throws<KernelOverflowException>(() => Kernels.Sum([long.MaxValue, 1]));
        Assert.Throws<KernelArgumentException>(() => Kernels.Factorial(-1));
    }

    [Fact]
    public void MathHandlers_WrongOperandCount_NameTheField()
    {
        Assert.Equal(120, MathHandlers.Factorial([5]));
        Assert.True(Assert.Throws<InvalidTaskInputException>(() => MathHandlers.Factorial([])).Fields.ContainsKey("operands"));
        Assert.Throws<InvalidTaskInputException>(() => MathHandlers.Factorial([1, 2]));
        Assert.Throws<InvalidTaskInputException>(() => MathHandlers.Factorial([-1]));
    }

    private static bool Agrees(KernelStatus status, long result, BigInteger expected) =>
        expected >= long.MinValue && expected <= long.MaxValue ? status == KernelStatus.Ok && result == expected : status == KernelStatus.Overflow;

    /// <summary>Small numbers, numbers near the ends of the range, and arrays longer than any vector.</summary>
    private static Arbitrary<long[]> Numbers()
    {
        Gen<long> edges = Gen.Elements(long.MaxValue, long.MinValue, 1L << 62, -(1L << 62), 1L << 32, -1, 0, 1, 2);
        Gen<long> small = Gen.Choose(-5, 5).Select(x => (long)x);
        Gen<long> any = ArbMap.Default.GeneratorFor<long>();
        Gen<long[]> arrays = Gen.OneOf(small.ArrayOf(), Gen.OneOf(edges, small).ArrayOf(), any.ArrayOf(), Gen.OneOf(edges, small).ArrayOf(133));
        return Arb.From(arrays);
    }
}
