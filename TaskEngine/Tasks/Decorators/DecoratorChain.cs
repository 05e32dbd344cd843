namespace Gristmill.Tasks;

/// <summary>The decorators of one kind, outermost first. Immutable; kinds without any have no chain and pay nothing.</summary>
internal sealed class DecoratorChain(TaskKind kind, IReadOnlyList<ITaskDecorator> decorators)
{
    public ValueTask<T> InvokeAsync<T>(TaskContext context, Func<ValueTask<T>> handler)
    {
        Func<ValueTask<T>> next = handler;
        for (int i = decorators.Count - 1; i >= 0; i--)
        {
            ITaskDecorator decorator = decorators[i];
            Func<ValueTask<T>> inner = next;
            next = () => decorator.InvokeAsync(kind, context, inner);
        }

        return next();
    }
}
