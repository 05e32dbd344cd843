namespace Gristmill.Grains;

/// <summary>
/// Turns a failure of Gristmill's own into one that carries its data across a grain call, whatever the engine's serializer makes of
/// exceptions. The grain engine wraps what a storage provider throws: the cause is what the caller gets.
/// </summary>
internal sealed class ErrorCallFilter : IIncomingGrainCallFilter
{
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        try
        {
            await context.Invoke();
        }
        catch (GristmillException exception)
        {
            throw new GrainCallException(exception.ToError());
        }
        catch (OrleansException exception) when (exception.InnerException is GristmillException cause)
        {
            throw new GrainCallException(cause.ToError());
        }
    }
}
