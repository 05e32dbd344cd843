using System.Reflection;
using Gristmill.Client.Hosting;
using Gristmill.Grains.Users;

namespace Gristmill.Client.Tests.Hosting;

public sealed class ReadRepeaterTests
{
    private static readonly TimeSpan s_step = TimeSpan.FromSeconds(9);

    [Fact]
    public async Task Read_WhoseAnswerIsLost_IsMadeAgain()
    {
        int calls = 0;
        await Repeat(nameof(IUserGrain.GetAsync), () => ++calls < 3 ? Task.FromException(new TimeoutException()) : Task.CompletedTask);

        Assert.Equal(3, calls);
    }

    [Fact]
    public async Task Read_WhoseAnswersAreLostForTwentySeconds_Fails()
    {
        int calls = 0;
        await Assert.ThrowsAsync<TimeoutException>(() => Repeat(nameof(IUserGrain.GetAsync), () => Task.FromException(new TimeoutException($"{++calls}"))));

        // At 0, 9 and 18 s; the third was lost at 27 s.
        Assert.Equal(3, calls);
    }

    [Fact]
    public async Task Change_WhoseAnswerIsLost_IsNotMadeAgain()
    {
        int calls = 0;
        await Assert.ThrowsAsync<TimeoutException>(() => Repeat(nameof(IUserGrain.DeleteAsync), () => Task.FromException(new TimeoutException($"{++calls}"))));

        Assert.Equal(1, calls);
    }

    private static Task Repeat(string method, Func<Task> call)
    {
        IOutgoingGrainCallContext context = DispatchProxy.Create<IOutgoingGrainCallContext, Call>();
        ((Call)(object)context).Method = typeof(IUserGrain).GetMethod(method)!;
        ((Call)(object)context).Make = call;
        return new ReadRepeater(new SlowTime()).Invoke(context);
    }

    /// <summary>A call that is made by <see cref="Make"/>.</summary>
    public class Call : DispatchProxy
    {
        public MethodInfo? Method { get; set; }

        public Func<Task>? Make { get; set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Name switch
        {
            "get_InterfaceMethod" => Method,
            "Invoke" => Make!(),
            _ => throw new NotSupportedException(targetMethod.Name),
        };
    }

    /// <summary>Every look at it finds that nine more seconds have passed; its timers are those of the system.</summary>
    private sealed class SlowTime : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now += s_step.Ticks;
    }
}
