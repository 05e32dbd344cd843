using System.Diagnostics;

namespace Gristmill.TestKinds;

/// <summary>Tasks that cost nothing themselves.</summary>
[TaskDefinition("bench")]
public static partial class BenchHandlers
{
    /// <summary>Does nothing.</summary>
    [TaskOperation]
    public static void Nothing()
    {
    }

    /// <summary>Gives the machine's monotonic clock when the handler began, which another process of the machine can compare with its own.</summary>
    [TaskOperation]
    public static long Stamp() => Stopwatch.GetTimestamp();
}
