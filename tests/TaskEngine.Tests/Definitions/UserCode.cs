using Gristmill;

// Tasks as a user writes them, in a namespace of his own, down to names that the engine's own kinds have too.
namespace Photos;

[TaskDefinition("math")]
public static partial class MathHandlers
{
    /// <summary>Adds 64-bit integers; overflow is an error.</summary>
    [TaskOperation] public static long Add(ReadOnlySpan<long> operands) => Kernels.Sum(operands);

    [TaskOperation(Timeout = "30s")]
    public static long Factorial(long n, IProgress<double> progress, CancellationToken cancellationToken)
    {
        long product = 1;
        for (long i = 2; i <= n; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            product = checked(product * i);
            progress.Report((double)i / n);
        }

        return product;
    }

    [TaskOperation] public static long Multiply(params ReadOnlySpan<long> operands) => Kernels.Product(operands);
}

public interface IImageStore
{
    ValueTask<byte[]> ReadAsync(string id, CancellationToken cancellationToken);
}

public sealed record ThumbnailRequest(string Source, int Width = 128);

public sealed record ThumbnailResult(int Bytes, int Width);

[TaskDefinition("image.thumbnail", MaxAttempts = 5, Queue = "images")]
public sealed partial class ThumbnailHandler(IImageStore images) : ITaskHandler<ThumbnailRequest, ThumbnailResult>
{
    public async ValueTask<ThumbnailResult> HandleAsync(ThumbnailRequest input, TaskContext context)
    {
        byte[] image = await images.ReadAsync(input.Source, context.CancellationToken);
        return new ThumbnailResult(image.Length, input.Width);
    }
}
