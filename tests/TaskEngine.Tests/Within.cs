namespace Gristmill.Engine.Tests;

/// <summary>Waits with a bound that says what was waited for.</summary>
internal static class Within
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    public static async Task<T> Time<T>(Task<T> task, string awaited)
    {
        await Time((Task)task, awaited);
        return await task;
    }

    public static Task<T> Time<T>(ValueTask<T> task, string awaited) => Time(task.AsTask(), awaited);

    public static async Task Time(Task task, string awaited)
    {
        if (await Task.WhenAny(task, Task.Delay(s_limit, TestContext.Current.CancellationToken)) != task)
            Assert.Fail($"Waited {s_limit.TotalSeconds} s in vain for: {awaited}.");
        await task;
    }

    public static void Time(ManualResetEventSlim signal, string awaited) =>
        Assert.True(signal.Wait(s_limit, TestContext.Current.CancellationToken), $"Waited {s_limit.TotalSeconds} s in vain for: {awaited}.");

    /// <summary>Waits for a state that nothing signals.</summary>
    public static void Time(Func<bool> condition, string awaited) =>
        Assert.True(SpinWait.SpinUntil(condition, s_limit), $"Waited {s_limit.TotalSeconds} s in vain for: {awaited}.");
}
