using FsCheck;
using FsCheck.Fluent;

namespace Gristmill.KernelTests;

public sealed class HashTests
{
    [Theory]
    [InlineData("", HashAlgorithm.Xxh64, "ef46db3751d8e999")]
    [InlineData("abc", HashAlgorithm.Xxh64, "44bc2cf5ad770999")]
    [InlineData("abc", HashAlgorithm.Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("123456789", HashAlgorithm.Crc32c, "e3069283")]
    [InlineData("", HashAlgorithm.Crc32c, "00000000")]
    public void Hash_KnownInput_HasKnownDigits(string input, HashAlgorithm algorithm, string expected) =>
        Assert.Equal(expected, StringHandlers.Hash(input, algorithm));

    [Fact]
    public void Hash_LoneSurrogate_IsInvalidInput() =>
        Assert.True(Assert.Throws<InvalidTaskInputException>(() => StringHandlers.Hash("\ud800")).Fields.ContainsKey("input"));

    [Fact]
    public void Hashes_AnyBytes_NativeEqualsManaged() =>
        Prop.ForAll(Bytes(), data =>
        {
            KernelSets.Native.XxHash64(data, 7, out ulong nativeHash);
            KernelSets.Managed.XxHash64(data, 7, out ulong managedHash);
            KernelSets.Native.Crc32C(data, 7, out uint nativeCrc);
            KernelSets.Managed.Crc32C(data, 7, out uint managedCrc);
            return nativeHash == managedHash && nativeCrc == managedCrc;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Crc32C_InTwoPieces_EqualsInOne() =>
        Prop.ForAll(Bytes(), data =>
            Kernels.Crc32C(data.AsSpan(data.Length / 3), Kernels.Crc32C(data.AsSpan(0, data.Length / 3))) == Kernels.Crc32C(data))
            .QuickCheckThrowOnFailure();

    private static Arbitrary<byte[]> Bytes() =>
        Arb.From(Gen.OneOf(ArbMap.Default.GeneratorFor<byte[]>(), ArbMap.Default.GeneratorFor<byte>().ArrayOf(5000)));
}
