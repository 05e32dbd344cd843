using System.Collections.Concurrent;
using System.Reflection;
using Gristmill.Client.Errors;
using Gristmill.Grains;

namespace Gristmill.Client.Hosting;

/// <summary>
/// Makes a call that changes nothing again when its answer was lost, until its patience is over. Anything else is told as it is: only whoever asked
/// knows whether it may happen twice. Safe from any thread.
/// </summary>
internal sealed class ReadRepeater(TimeProvider time) : IOutgoingGrainCallFilter
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<MethodInfo, bool> _repeatable = [];

    public async Task Invoke(IOutgoingGrainCallContext context)
    {
        if (context.InterfaceMethod is not { } method
            || !_repeatable.GetOrAdd(method, static method => method.IsDefined(typeof(RepeatableAttribute), inherit: false)))
        {
            await context.Invoke();
            return;
        }

        long start = time.GetTimestamp();
        while (true)
        {
            try
            {
                await context.Invoke();
                return;
            }
            catch (Exception exception) when (ErrorStatus.IsUnanswered(exception) && time.GetElapsedTime(start) < s_patience)
            {
                // Another silo has it by now, or soon.
                await Task.Delay(s_pause, time);
            }
        }
    }
}
