using System.Runtime.InteropServices;

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

    /// <summary>Ends the process by a fault in native code: it writes where no memory is.</summary>
    [TaskOperation]
    public static string Exit(TaskContext context)
    {
        string token = Ledger.Write(context);
        Fill(1, 0, 1);
        return token;
    }

    /// <summary>Keeps its thread, as code does that waits without asynchrony, and heeds no cancellation.</summary>
    /// <param name="milliseconds">How long; -1 for ever.</param>
    /// <param name="context">The attempt's.</param>
    /// <param name="pool">Keeps a thread of the process's pool besides, which requests and grains share.</param>
    [TaskOperation]
    public static string Block(int milliseconds, TaskContext context, bool pool = false)
    {
        string token = Ledger.Write(context);
        if (pool)
            Task.Run(() => Thread.Sleep(milliseconds)).Wait();
        else
            Thread.Sleep(milliseconds);
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

    [LibraryImport("libc", EntryPoint = "memset")]
    private static partial nint Fill(nint address, int value, nint count);
}
