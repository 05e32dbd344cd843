using System.Collections.Concurrent;

namespace Gristmill.Contract.Tests;

/// <summary>Lets a test and the grains it calls wait for each other: silo and test share the process on both engines.</summary>
public static class Signals
{
    private static readonly ConcurrentDictionary<string, TaskCompletionSource> s_signals = new();

    public static void Raise(string name) => Get(name).TrySetResult();

    /// <summary>Waits for the signal; a test that waits too long says for what.</summary>
    public static async Task Wait(string name)
    {
        try
        {
            await Get(name).Task.WaitAsync(TimeSpan.FromSeconds(30));
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"Nobody raised the signal \"{name}\" within 30 s.");
        }
    }

    private static TaskCompletionSource Get(string name) =>
        s_signals.GetOrAdd(name, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
