using System.Collections.Immutable;

namespace Gristmill;

/// <summary>Finds what is wrong with the graph of a workflow, all at once.</summary>
internal static class WorkflowCheck
{
    /// <summary>The tasks, each after those that it depends on; otherwise in the order of definition.</summary>
    /// <exception cref="WorkflowDefinitionException">There are faults.</exception>
    public static ImmutableArray<WorkflowTask> Order(WorkflowBuilder workflow, IReadOnlyList<WorkflowTask> tasks, Output result)
    {
        var byName = tasks.ToDictionary(static task => task.Name, StringComparer.Ordinal);
        var faults = new List<string>();
        foreach (WorkflowTask task in tasks)
        {
            foreach (Output reference in task.References)
                CheckReference($"'{task.Name}'", reference);
            // Names that only the order mentions.
            foreach (string name in task.DependsOn.Where(name => !byName.ContainsKey(name)))
                faults.Add($"'{task.Name}' waits for '{name}', which is not defined.");
        }

        CheckReference("The result", result);
        foreach (string name in result.Tasks.Where(name => !byName.ContainsKey(name)))
            faults.Add($"The result is made of '{name}', which is not defined.");
        if (faults.Count > 0)
            throw new WorkflowDefinitionException([.. faults.Distinct()]);
        return Sort(tasks, byName);

        void CheckReference(string consumer, Output reference)
        {
            if (reference.Workflow != workflow)
                faults.Add($"{consumer} takes the output '{reference.Name}' of another workflow.");
            else if (reference.IsByName && byName.TryGetValue(reference.Name, out WorkflowTask? source) && !source.ResultType.IsAssignableTo(reference.Type))
                faults.Add($"{consumer} takes {reference.Type} from '{reference.Name}', which gives {source.ResultType}.");
        }
    }

    private static ImmutableArray<WorkflowTask> Sort(IReadOnlyList<WorkflowTask> tasks, Dictionary<string, WorkflowTask> byName)
    {
        var ordered = ImmutableArray.CreateBuilder<WorkflowTask>(tasks.Count);
        var done = new HashSet<string>(StringComparer.Ordinal);
        var waiting = new LinkedList<WorkflowTask>(tasks);
        // Each round takes what has nothing left to wait for; a round without progress means a cycle.
        while (waiting.Count > 0)
        {
            int before = waiting.Count;
            for (LinkedListNode<WorkflowTask>? node = waiting.First; node is not null;)
            {
                LinkedListNode<WorkflowTask>? next = node.Next;
                if (node.Value.DependsOn.All(done.Contains))
                {
                    ordered.Add(node.Value);
                    done.Add(node.Value.Name);
                    waiting.Remove(node);
                }

                node = next;
            }

            if (waiting.Count == before)
                throw new WorkflowDefinitionException($"Tasks wait for each other: {DescribeCycle(waiting.First!.Value, byName, done)}.");
        }

        return ordered.DrainToImmutable();
    }

    private static string DescribeCycle(WorkflowTask start, Dictionary<string, WorkflowTask> byName, HashSet<string> done)
    {
        var path = new List<string>();
        WorkflowTask at = start;
        // Every task that is left waits for one that is left, so the walk comes back to where it has been.
        while (!path.Contains(at.Name))
        {
            path.Add(at.Name);
            at = byName[at.DependsOn.First(name => !done.Contains(name))];
        }

        return string.Join(" → ", path.Skip(path.IndexOf(at.Name)).Append(at.Name));
    }
}
