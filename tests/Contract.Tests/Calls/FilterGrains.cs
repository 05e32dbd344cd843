namespace Gristmill.Contract.Tests.Calls;

public interface IFilteredGrain : IGrainWithStringKey
{
    Task<string> Say(string text);

    Task<int> Fail();

    Task<string> FailAndBeSaved();

    Task<string> CallOther(string other, string text);

    Task Nothing();
}

/// <summary>A grain with a filter of its own, inside of the silo's.</summary>
public sealed class FilteredGrain : Grain, IFilteredGrain, IIncomingGrainCallFilter
{
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        await context.Invoke();
        if (context.Result is string text)
            context.Result = $"own({text})";
    }

    public Task<string> Say(string text) => Task.FromResult(text);

    public Task<int> Fail() => throw new InvalidOperationException("failed");

    public Task<string> FailAndBeSaved() => throw new InvalidOperationException("failed");

    public Task<string> CallOther(string other, string text) => GrainFactory.GetGrain<IFilteredGrain>(other).Say(text);

    public Task Nothing() => Task.CompletedTask;
}

/// <summary>The silo's filter: marks results, turns one kind of failure into another, and notes what it saw.</summary>
public sealed class SiloFilter : IIncomingGrainCallFilter
{
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        if (context.Grain is Timers.TimerGrain && context.InterfaceMethod.DeclaringType != typeof(Timers.ITimerGrain))
            Signals.Raise($"{context.TargetId.Key}-tick-filtered");
        if (context.Grain is not FilteredGrain)
        {
            await context.Invoke();
            return;
        }

        try
        {
            await context.Invoke();
            if (context.Result is string text)
                context.Result = $"silo({text}, {context.MethodName}, {context.InterfaceMethod.Name}, {context.ImplementationMethod.DeclaringType!.Name}, {context.TargetId == context.TargetContext.GrainId})";
        }
        catch (InvalidOperationException) when (context.MethodName == nameof(IFilteredGrain.FailAndBeSaved))
        {
            context.Result = "saved";
        }
        catch (InvalidOperationException e)
        {
            throw new NotSupportedException("translated", e);
        }
    }
}

/// <summary>The filter of calls that grains send.</summary>
public sealed class OutgoingFilter : IOutgoingGrainCallFilter
{
    public async Task Invoke(IOutgoingGrainCallContext context)
    {
        if (context.SourceContext is not null && context.MethodName == nameof(IContextGrain.NotifyAndFail))
            Signals.Raise($"{context.Request.GetArgument(0)}-filtered");
        await context.Invoke();
        if (context.SourceContext is not null && context.InterfaceMethod.DeclaringType == typeof(IFilteredGrain) && context.Result is string text)
            context.Result = $"out({text}, {context.SourceId == context.SourceContext.GrainId})";
    }
}
