using Gristmill.Grains.Users;

namespace Gristmill.Grains.Tests;

/// <summary>Makes calls that tell the directory of a write fail as a test says: before they arrive, or after.</summary>
internal sealed class DirectoryFaults : IIncomingGrainCallFilter
{
    private int _lost;
    private int _unanswered;

    /// <summary>The next calls never arrive; the caller hears of a time-out.</summary>
    public void LoseNext(int calls) => _lost = calls;

    /// <summary>The next call arrives, and its caller hears of a time-out.</summary>
    public void LeaveNextUnanswered() => _unanswered = 1;

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        bool tells = context.InterfaceMethod?.DeclaringType == typeof(IUserDirectoryGrain)
            && context.InterfaceMethod.Name is nameof(IUserDirectoryGrain.UpsertAsync) or nameof(IUserDirectoryGrain.RemoveAsync) or nameof(IUserDirectoryGrain.RefreshAsync);
        if (tells && Interlocked.Decrement(ref _lost) >= 0)
            throw new TimeoutException("The call was lost.");
        await context.Invoke();
        if (tells && Interlocked.Decrement(ref _unanswered) == 0)
            throw new TimeoutException("The answer was lost.");
    }
}
