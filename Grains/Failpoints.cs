using System.Globalization;

namespace Gristmill.Grains;

/// <summary>
/// Places where a test can have the process end at once, as by a crash: the environment variable <c>GRISTMILL_FAILPOINT</c> names one, and after a
/// colon the how-manieth passing it is (default the first). Without the variable a passing costs a comparison with null.
/// </summary>
internal static class Failpoints
{
    public const string BeforeEnqueueCommit = "enqueue.before-commit";
    public const string AfterEnqueueCommit = "enqueue.after-commit";
    public const string BeforeLeaseCommit = "lease.before-commit";
    public const string AfterLeaseCommit = "lease.after-commit";
    public const string BeforeEffect = "effect.before";
    public const string AfterEffect = "effect.after";
    public const string BeforeCompleteCommit = "complete.before-commit";
    public const string AfterCompleteCommit = "complete.after-commit";
    public const string BeforeAcknowledge = "acknowledge.before";
    public const string AfterAcknowledge = "acknowledge.after";

    private static readonly string? s_armed;
    private static int s_passingsLeft = 1;

    static Failpoints()
    {
        if (Environment.GetEnvironmentVariable("GRISTMILL_FAILPOINT") is not { Length: > 0 } setting)
            return;
        string[] parts = setting.Split(':');
        s_armed = parts[0];
        if (parts.Length > 1)
            s_passingsLeft = int.Parse(parts[1], CultureInfo.InvariantCulture);
    }

    public static void Pass(string name)
    {
        if (s_armed is not null && s_armed == name && Interlocked.Decrement(ref s_passingsLeft) == 0)
            Environment.FailFast($"Failpoint {name}.");
    }
}
