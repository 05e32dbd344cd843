namespace Gristmill.Grains;

/// <summary>
/// Turns a failure of Gristmill's own into one that carries its data across a grain call, whatever the engine's serializer makes of
/// exceptions. A failure of a grain's storage comes as one (<see cref="Users.UserGrainStorage"/>): no filter sees it while a grain is activated.
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
    }
}
