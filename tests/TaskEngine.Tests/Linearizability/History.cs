namespace Gristmill.Engine.Tests.Linearizability;

/// <summary>An operation as a thread saw it: from when to when, what it was, what came of it.</summary>
internal sealed record Operation(int Thread, string Name, int Argument, int? Result, long Begin, long End)
{
    public override string ToString() => $"[{Begin}–{End}] thread {Thread}: {Name}({Argument}) = {Result?.ToString() ?? "nothing"}";
}

/// <summary>
/// Asks whether a recorded history could have happened one operation at a time, each at a moment between its begin and its end. Wing and Gong's
/// search, with the states that were tried remembered; made for histories of a dozen operations.
/// </summary>
internal static class History
{
    /// <param name="operations">What was recorded.</param>
    /// <param name="initial">The sequential object's state, as an immutable list.</param>
    /// <param name="apply">The sequential object: the state after the operation, or null when it could not have had that result.</param>
    public static bool IsLinearizable(
        IReadOnlyList<Operation> operations, IReadOnlyList<int> initial, Func<IReadOnlyList<int>, Operation, IReadOnlyList<int>?> apply)
    {
        var tried = new HashSet<string>();
        return Search(0, initial);

        bool Search(int done, IReadOnlyList<int> state)
        {
            if (done == (1 << operations.Count) - 1)
                return true;
            if (!tried.Add($"{done}:{string.Join(',', state)}"))
                return false;
            // Only an operation that begins before every open one ends may come next.
            long firstEnd = long.MaxValue;
            for (int i = 0; i < operations.Count; i++)
            {
                if ((done & (1 << i)) == 0)
                    firstEnd = Math.Min(firstEnd, operations[i].End);
            }

            for (int i = 0; i < operations.Count; i++)
            {
                if ((done & (1 << i)) == 0 && operations[i].Begin <= firstEnd
                    && apply(state, operations[i]) is { } next && Search(done | (1 << i), next))
                    return true;
            }

            return false;
        }
    }

    /// <summary>A bounded queue: <c>enqueue</c> of the argument, null when it is full; <c>dequeue</c>, null when it is empty.</summary>
    public static IReadOnlyList<int>? ApplyToQueue(IReadOnlyList<int> state, Operation operation, int capacity) => operation switch
    {
        { Name: "enqueue", Result: null } => state.Count == capacity ? state : null,
        { Name: "enqueue" } => state.Count < capacity ? [.. state, operation.Argument] : null,
        { Result: null } => state.Count == 0 ? state : null,
        _ => state.Count > 0 && state[0] == operation.Result ? [.. state.Skip(1)] : null,
    };
}
