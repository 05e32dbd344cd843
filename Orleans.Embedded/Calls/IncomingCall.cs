using System.Reflection;
using System.Runtime.ExceptionServices;
using Orleans.CodeGeneration;
using Orleans.Serialization.Invocation;

namespace Orleans.Runtime;

/// <summary>Leads one call through the silo's filters, the grain's own, and to the method.</summary>
internal sealed class IncomingCall(GrainRequest request, Activation target, IIncomingGrainCallFilter[] filters) : IIncomingGrainCallContext
{
    private int _stage;

    public IInvokable Request => request;

    public object Grain => target.GrainInstance!;

    public MethodInfo InterfaceMethod => request.Method.Info;

    public MethodInfo ImplementationMethod => request.IsLocal ? InterfaceMethod : target.Class.ImplementationOf(request.Method);

    public GrainInterfaceType InterfaceType => GrainInterfaceType.Create(InterfaceName);

    public string InterfaceName => request.GetInterfaceName();

    public string MethodName => request.GetMethodName();

    public IGrainContext TargetContext => target;

    public GrainId? SourceId => request.Caller?.GrainId;

    public GrainId TargetId => target.GrainId;

    public object? Result
    {
        get => Response?.Result;
        set => Response = Response.FromResult(value);
    }

    public Response? Response { get; set; }

    public async Task Invoke()
    {
        try
        {
            int stage = _stage++;
            if (stage < filters.Length)
            {
                await filters[stage].Invoke(this);
                RequireResponse(filters[stage]);
            }
            else if (stage == filters.Length && Grain is IIncomingGrainCallFilter own)
            {
                await own.Invoke(this);
                RequireResponse(own);
            }
            else
            {
                await InvokeMethod();
            }
        }
        finally
        {
            _stage--;
        }
    }

    /// <summary>Runs the call and stores its outcome in the request. Does not throw.</summary>
    public async Task RunAsync()
    {
        Exception? failure;
        try
        {
            await Invoke();
            failure = Response!.Exception;
            if (failure is null)
                request.Result = Response.Result;
        }
        catch (Exception e)
        {
            failure = e;
        }

        request.Failure = failure;
    }

    private async Task InvokeMethod()
    {
        request.Failure = null;
        try
        {
            if (request.Start(Grain) is { } task)
            {
                await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
                request.Collect(task);
            }
        }
        catch (Exception e)
        {
            request.Failure = e;
        }

        Response = request.Failure is { } failure ? Response.FromException(failure) : Response.FromResult(request.Result);
        if (Response.Exception is not null)
            ExceptionDispatchInfo.Throw(Response.Exception);
    }

    private void RequireResponse(IIncomingGrainCallFilter filter)
    {
        if (Response is null)
        {
            throw new InvalidOperationException(
                $"The call filter {filter.GetType().Name} neither went on with the call nor set a result.");
        }
    }
}
