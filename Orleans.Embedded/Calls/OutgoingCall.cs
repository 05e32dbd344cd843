using System.Reflection;
using System.Runtime.ExceptionServices;
using Orleans.CodeGeneration;
using Orleans.Serialization.Invocation;

namespace Orleans.Runtime;

/// <summary>Leads one call through the sender's filters.</summary>
internal sealed class OutgoingCall<TResult>(
    GrainReference reference,
    GrainRequest<TResult> request,
    Task<TResult> response,
    IOutgoingGrainCallFilter[] filters,
    CancellationToken cancellationToken) : IOutgoingGrainCallContext
{
    private readonly GrainMethod _method = request.Method;
    private int _stage;

    // The request goes back to its pool when the call has ended; after that only its method is known.
    public IInvokable Request => request;

    public object Grain => reference;

    public MethodInfo InterfaceMethod => _method.Info;

    public GrainInterfaceType InterfaceType => reference.InterfaceType;

    public string InterfaceName => _method.InterfaceType.FullName ?? _method.InterfaceType.Name;

    public string MethodName => _method.Name;

    public IGrainContext? SourceContext { get; } = RuntimeContext.Activation;

    public GrainId? SourceId => SourceContext?.GrainId;

    public GrainId TargetId => reference.GrainId;

    public object? Result
    {
        get => Response?.Result;
        set => Response = Response.FromResult(value);
    }

    public Response? Response { get; set; }

    public async Task Invoke()
    {
        int stage = _stage++;
        if (stage < filters.Length)
        {
            await filters[stage].Invoke(this);
            if (Response is null)
            {
                throw new InvalidOperationException(
                    $"The call filter {filters[stage].GetType().Name} neither went on with the call nor set a result.");
            }

            return;
        }

        // The request is sent once: a filter that wants to try again makes a call of its own.
        if (stage > filters.Length)
            throw new InvalidOperationException("An outgoing call can be sent only once.");
        cancellationToken.ThrowIfCancellationRequested();
        reference.Shared.Engine.Send(reference, request, cancellationToken);
        try
        {
            Response = Response.FromResult(await response);
        }
        catch (Exception e)
        {
            Response = Response.FromException(e);
            throw;
        }
    }

    public async Task<TResult> RunAsync()
    {
        await Invoke();
        if (Response!.Exception is { } failure)
            ExceptionDispatchInfo.Throw(failure);

        // A method without a result has a null one.
        return Response.Result is TResult result ? result : default!;
    }
}
