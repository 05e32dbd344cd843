using System.Globalization;

namespace Gristmill.Engine.Tests.Soak;

/// <summary>How long a soak test goes on, and what it says of itself at its end.</summary>
internal static class SoakTime
{
    /// <summary>From the environment's <c>SOAK_SECONDS</c>; half a minute, if that is not set.</summary>
    public static TimeSpan Limit { get; } =
        TimeSpan.FromSeconds(int.Parse(Environment.GetEnvironmentVariable("SOAK_SECONDS") ?? "30", CultureInfo.InvariantCulture));

    public static void Report(int seed, string counts) =>
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}: {counts}");
}
