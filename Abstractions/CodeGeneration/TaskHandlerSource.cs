using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace Gristmill.CodeGeneration;

/// <summary>
/// Gives the handler of a kind: the registered one, or, in a program without registration, one that is made on first use and kept as
/// long as the service provider lives. Safe from any thread; for generated code.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class TaskHandlerSource<THandler>(Func<IServiceProvider, THandler> create)
    where THandler : class
{
    private readonly ConditionalWeakTable<IServiceProvider, THandler> _made = [];

    public THandler Get(IServiceProvider services)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (services.GetService(typeof(THandler)) is THandler registered)
            return registered;
        if (_made.TryGetValue(services, out THandler? made))
            return made;
        // Of two threads that get here together, one handler is kept; the other is never used.
        return _made.GetOrAdd(services, create(services));
    }
}
