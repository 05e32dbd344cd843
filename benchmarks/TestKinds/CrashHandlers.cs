using System.Diagnostics;

namespace Gristmill.TestKinds;

/// <summary>Tasks whose executions a checker can count: each writes a line into the ledger before it does anything else.</summary>
[TaskDefinition("crash", Timeout = "1m")]
public static partial class CrashHandlers
{
    /// <summary>Writes into the ledger, and fails in its first attempts, as many as asked for.</summary>
    /// <param name="context">The attempt's.</param>
    /// <param name="failures">How many fail.</param>
    /// <param name="padding">Makes the input long: partitions read such a one again for each grant.</param>
    [TaskOperation]
    public static string Append(TaskContext context, int failures = 0, string padding = "")
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(padding);
        string token = Ledger.Write(context);
        return context.Attempt > failures ? token : throw new InvalidOperationException($"Attempt {context.Attempt} of {failures} that fail.");
    }

    /// <summary>Takes its time.</summary>
    [TaskOperation]
    public static async Task<string> Slow(int milliseconds, TaskContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        string token = Ledger.Write(context);
        await Task.Delay(milliseconds, context.CancellationToken).ConfigureAwait(false);
        return token;
    }

    /// <summary>Ends the process, as a fault in native code would.</summary>
    [TaskOperation]
    public static string Exit(TaskContext context)
    {
        string token = Ledger.Write(context);
        using var self = Process.GetCurrentProcess();
        self.Kill();
        return token;
    }

    /// <summary>Never returns, and heeds no cancellation.</summary>
    [TaskOperation]
    public static async Task<string> Endless(TaskContext context)
    {
        string token = Ledger.Write(context);
        await new TaskCompletionSource().Task.ConfigureAwait(false);
        return token;
    }
}
