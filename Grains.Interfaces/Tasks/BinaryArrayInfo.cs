namespace Gristmill.Grains.Tasks;

/// <summary>A numeric array of a kind's input that may come as raw little-endian elements.</summary>
/// <param name="Name">Its name in the input object.</param>
/// <param name="ElementType">Such as <c>float64</c>.</param>
/// <param name="ElementBytes">Bytes of an element.</param>
[GenerateSerializer, Immutable, Alias("gm.BinaryArrayInfo")]
public sealed record BinaryArrayInfo(
    [property: Id(0)] string Name,
    [property: Id(1)] string ElementType,
    [property: Id(2)] int ElementBytes);
