namespace Gristmill;

/// <summary>
/// Code that runs a kind of task whose class wants services injected or state of its own. The simpler form is a static method
/// marked <see cref="TaskOperationAttribute"/>.
/// </summary>
public interface ITaskHandler<in TInput, TOutput>
{
    /// <summary>Runs one attempt. Called from many workers at once.</summary>
    ValueTask<TOutput> HandleAsync(TInput input, TaskContext context);
}
