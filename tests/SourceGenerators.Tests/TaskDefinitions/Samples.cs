namespace Gristmill.SourceGenerators.Tests.TaskDefinitions;

/// <summary>Definitions that several tests share.</summary>
internal static class Samples
{
    public const string Math =
        """
        namespace Sample;

        [TaskDefinition("math")]
        public static partial class MathHandlers
        {
            /// <summary>Adds 64-bit integers; overflow is an error.</summary>
            /// <param name="operands">The numbers to add.</param>
            [TaskOperation]
            public static long Add(params ReadOnlySpan<long> operands)
            {
                long sum = 0;
                foreach (long operand in operands)
                    sum = checked(sum + operand);
                return sum;
            }

            /// <summary>Counts to n, reporting on the way.</summary>
            [TaskOperation(Timeout = "30s")]
            public static async ValueTask<long> Slow(long n, IProgress<double> progress, CancellationToken cancellationToken)
            {
                await Task.Yield();
                for (long i = 1; i <= n; i++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    progress.Report((double)i / n);
                }

                return n;
            }
        }
        """;

    public const string Strings =
        """
        namespace Sample;

        public enum HashAlgorithm { Xxh64, Sha256, Crc32c }

        [TaskDefinition("string")]
        public static partial class StringHandlers
        {
            [TaskOperation(Output = "output")]
            public static string Reverse(string input) => new([.. Enumerable.Reverse(input)]);

            [TaskOperation(Output = "output", Queue = "cpu", MaxAttempts = 7)]
            public static string Hash(string input, HashAlgorithm algorithm = HashAlgorithm.Xxh64) => $"{algorithm}:{input}";
        }
        """;

    public const string Thumbnail =
        """
        namespace Sample;

        public interface IImageStore { string Describe(string id); }

        public enum Fit { Cover, FitInside }

        /// <summary>A size in pixels.</summary>
        public readonly record struct Size(int Width, int Height = 100);

        /// <param name="Source">The image's id.</param>
        public sealed record ThumbnailRequest(string Source, Size Size, Fit Fit = Fit.Cover, string? Note = null)
        {
            public required Guid Owner { get; init; }
            public ImmutableArray<string> Tags { get; init; } = ["none"];
        }

        public sealed record ThumbnailResult(string Description, IReadOnlyList<Size> Sizes);

        /// <summary>Makes thumbnails.</summary>
        [TaskDefinition("image.thumbnail", MaxAttempts = 5, Queue = "images")]
        public sealed partial class ThumbnailHandler(IImageStore images) : ITaskHandler<ThumbnailRequest, ThumbnailResult>
        {
            public ValueTask<ThumbnailResult> HandleAsync(ThumbnailRequest input, TaskContext context) =>
                new(new ThumbnailResult($"{images.Describe(input.Source)} {input.Fit} {input.Note ?? "-"} {string.Join('+', input.Tags)}", [input.Size]));
        }
        """;
}
