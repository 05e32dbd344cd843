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
                CheckReference($"'{task.Name}'", task.Name, reference);
            foreach (Output before in task.After)
                CheckOwner($"'{task.Name}'", task.Name, before);
            // Names that only the order mentions.
            foreach (string name in task.DependsOn.Where(name => !byName.ContainsKey(name)))
                faults.Add($"'{task.Name}' waits for '{name}', which is not defined.");
        }

        CheckReference("The result", null, result);
        foreach (string name in result.Tasks.Where(name => !byName.ContainsKey(name)))
            faults.Add($"The result is made of '{name}', which is not defined.");
        if (faults.Count > 0)
            throw new WorkflowDefinitionException([.. faults.Distinct()]);
        return [.. WorkflowOrder.Of([.. tasks.Select(static task => (task.Name, task.DependsOn))]).Select(index => tasks[index])];

        void CheckReference(string consumer, string? task, Output reference)
        {
            CheckOwner(consumer, task, reference);
            // A part fits when the whole is what it says: the compiler has seen to the rest.
            Output whole = reference.Whole;
            if (whole.Workflow == workflow && whole.IsByName && byName.TryGetValue(whole.Name, out WorkflowTask? source) && !source.ResultType.IsAssignableTo(whole.Type))
                faults.Add($"{consumer} takes {whole.Type} from '{whole.Name}', which gives {source.ResultType}.");
        }

        void CheckOwner(string consumer, string? task, Output reference)
        {
            if (reference.ItemOf is { } fanOut && fanOut != task)
                faults.Add($"{consumer} takes the item of '{fanOut}', which is known only inside it.");
            if (reference.Workflow != workflow)
                faults.Add($"{consumer} takes the output '{reference.Name}' of another workflow.");
        }
    }
}
