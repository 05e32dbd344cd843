namespace Gristmill.Grains;

/// <summary>
/// Turns a failure of Gristmill's own into one that carries its data across a grain call, whatever the engine's serializer makes of
/// exceptions. A failure while a grain is activated comes as one, from its storage (<see cref="Users.UserGrainStorage"/>) or by <see cref="GuardAsync"/>: no filter sees that.
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

    /// <summary>The same for what opens a grain: those that wait for its activation get the failure, and may be on other silos.</summary>
    public static async Task GuardAsync(Func<Task> open)
    {
        try
        {
            await open();
        }
        catch (GristmillException exception)
        {
            throw new GrainCallException(exception.ToError());
        }
    }
}
