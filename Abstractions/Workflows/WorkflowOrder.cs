using System.Collections.Immutable;

namespace Gristmill;

/// <summary>Puts tasks behind those that they wait for. Kahn's algorithm: linear but for a logarithm, as bodies come from anywhere.</summary>
internal static class WorkflowOrder
{
    /// <summary>
    /// Places of the tasks, each after those that it depends on; otherwise in the order given. Names are unique, and every dependency is one of them.
    /// </summary>
    /// <exception cref="WorkflowDefinitionException">Tasks wait for each other; the message shows one such circle.</exception>
    public static ImmutableArray<int> Of(IReadOnlyList<(string Name, ImmutableArray<string> DependsOn)> tasks)
    {
        var places = new Dictionary<string, int>(tasks.Count, StringComparer.Ordinal);
        for (int i = 0; i < tasks.Count; i++)
            places.Add(tasks[i].Name, i);

        int[] missing = [.. tasks.Select(static task => task.DependsOn.Length)];
        ILookup<int, int> dependents = Enumerable.Range(0, tasks.Count)
            .SelectMany(i => tasks[i].DependsOn.Select(name => (On: places[name], Task: i)))
            .ToLookup(static pair => pair.On, static pair => pair.Task);
        var ready = new PriorityQueue<int, int>();
        for (int i = 0; i < missing.Length; i++)
        {
            if (missing[i] == 0)
                ready.Enqueue(i, i);
        }

        var order = ImmutableArray.CreateBuilder<int>(tasks.Count);
        while (ready.TryDequeue(out int next, out _))
        {
            order.Add(next);
            foreach (int dependent in dependents[next])
            {
                if (--missing[dependent] == 0)
                    ready.Enqueue(dependent, dependent);
            }
        }

        return order.Count == tasks.Count
            ? order.DrainToImmutable()
            : throw new WorkflowDefinitionException($"Tasks wait for each other: {DescribeCycle(tasks, places, missing)}.");
    }

    private static string DescribeCycle(
        IReadOnlyList<(string Name, ImmutableArray<string> DependsOn)> tasks, Dictionary<string, int> places, int[] missing)
    {
        // Every task that is left waits for one that is left, so the walk comes back to where it has been.
        var path = new List<int>();
        var seen = new HashSet<int>();
        int at = Array.FindIndex(missing, static count => count > 0);
        while (seen.Add(at))
        {
            path.Add(at);
            at = tasks[at].DependsOn.Select(name => places[name]).First(place => missing[place] > 0);
        }

        return string.Join(" → ", path.Skip(path.IndexOf(at)).Append(at).Select(place => tasks[place].Name));
    }
}
