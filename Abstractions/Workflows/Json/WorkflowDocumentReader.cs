using System.Collections.Immutable;
using System.Text.Json;

namespace Gristmill;

/// <summary>Reads the body of <c>POST /workflows</c> strictly, and finds as many faults as it can in one go.</summary>
internal sealed class WorkflowDocumentReader
{
    private static readonly string[] s_documentMembers = ["name", "onFailure", "tasks", "result"];
    private static readonly string[] s_taskMembers = ["name", "kind", "forEach", "input", "dependsOn", "fallback"];
    private static readonly string[] s_referenceMembers = [WorkflowTemplate.From, WorkflowTemplate.Path];
    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false };

    private readonly List<string> _faults = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <exception cref="WorkflowDefinitionException">There are faults.</exception>
    public static WorkflowDocument Read(ReadOnlyMemory<byte> utf8Json)
    {
        JsonElement root;
        try
        {
            using JsonDocument document = JsonDocument.Parse(utf8Json, s_strict);
            root = document.RootElement.Clone();
        }
        catch (JsonException exception)
        {
            throw new WorkflowDefinitionException($"The workflow is no JSON: {exception.Message}");
        }

        return new WorkflowDocumentReader().Read(root);
    }

    private WorkflowDocument Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw new WorkflowDefinitionException("A workflow is a JSON object.");
        CheckMembers(root, s_documentMembers, "The workflow");
        string name = Name(root, "The workflow") ?? "";
        WorkflowFailurePolicy policy = WorkflowFailurePolicy.StopAll;
        if (root.TryGetProperty("onFailure", out JsonElement onFailure))
        {
            if (WorkflowDocument.PolicyOf(onFailure) is { } known)
                policy = known;
            else
                _faults.Add($"onFailure is {onFailure.GetRawText()}: use \"stopAll\" or \"finishOthers\".");
        }

        List<WorkflowDocumentTask> tasks = ReadTasks(root);
        root.TryGetProperty("result", out JsonElement result);
        foreach (string task in TasksOf(result, "The result", hasItem: false).Where(task => !_names.Contains(task)))
            _faults.Add($"The result is made of '{task}', which is not defined.");
        foreach (WorkflowDocumentTask task in tasks)
        {
            foreach (string dependency in task.DependsOn.Where(dependency => !_names.Contains(dependency)))
                _faults.Add($"'{task.Name}' waits for '{dependency}', which is not defined.");
        }

        if (_faults.Count > 0)
            throw new WorkflowDefinitionException([.. _faults]);
        ImmutableArray<int> order = WorkflowOrder.Of([.. tasks.Select(static task => (task.Name, task.DependsOn))]);
        return new WorkflowDocument(name, policy, [.. order.Select(place => tasks[place])], result);
    }

    private List<WorkflowDocumentTask> ReadTasks(JsonElement root)
    {
        var tasks = new List<WorkflowDocumentTask>();
        if (!root.TryGetProperty("tasks", out JsonElement list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
        {
            _faults.Add("tasks must be an array of at least one task.");
            return tasks;
        }

        if (list.GetArrayLength() > WorkflowDocument.MaxTasks)
        {
            _faults.Add($"There are {list.GetArrayLength()} tasks; a workflow has at most {WorkflowDocument.MaxTasks}.");
            return tasks;
        }

        int place = 0;
        foreach (JsonElement item in list.EnumerateArray())
        {
            if (ReadTask(item, $"tasks[{place++}]") is { } task)
                tasks.Add(task);
        }

        return tasks;
    }

    private WorkflowDocumentTask? ReadTask(JsonElement item, string where)
    {
        if (item.ValueKind != JsonValueKind.Object)
        {
            _faults.Add($"{where} must be an object.");
            return null;
        }

        CheckMembers(item, s_taskMembers, where);
        if (Name(item, where) is not { } name)
            return null;
        if (!_names.Add(name))
            _faults.Add($"Two tasks are called '{name}'.");
        string kind = "";
        if (item.TryGetProperty("kind", out JsonElement text) && text.ValueKind == JsonValueKind.String && text.GetString() is { Length: > 0 } given)
            kind = given;
        else
            _faults.Add($"'{name}' names no kind.");

        bool isFanOut = item.TryGetProperty("forEach", out JsonElement forEach);
        item.TryGetProperty("fallback", out JsonElement fallback);
        if (!item.TryGetProperty("input", out JsonElement input) || input.ValueKind != JsonValueKind.Object)
            _faults.Add($"The input of '{name}' must be an object.");
        if (isFanOut && forEach.ValueKind is not (JsonValueKind.Array or JsonValueKind.Object))
            _faults.Add($"forEach of '{name}' must be an array or a reference to one.");
        string[] dependsOn =
        [
            .. Names(item, name),
            .. TasksOf(forEach, $"forEach of '{name}'", hasItem: false),
            .. TasksOf(input, $"'{name}'", hasItem: isFanOut),
        ];
        return new WorkflowDocumentTask(name, kind, forEach, input, [.. dependsOn.Distinct(StringComparer.Ordinal)], fallback);
    }

    private IEnumerable<string> Names(JsonElement task, string name)
    {
        if (!task.TryGetProperty("dependsOn", out JsonElement list))
            return [];
        if (list.ValueKind == JsonValueKind.Array && list.EnumerateArray().All(static item => item.ValueKind == JsonValueKind.String))
            return list.EnumerateArray().Select(static item => item.GetString()!);
        _faults.Add($"dependsOn of '{name}' must be an array of names.");
        return [];
    }

    /// <summary>The tasks whose outputs a template takes. Notes what is wrong with it.</summary>
    private List<string> TasksOf(JsonElement template, string owner, bool hasItem)
    {
        var tasks = new List<string>();
        foreach (JsonElement marked in WorkflowTemplate.Marked(template))
        {
            if (marked.TryGetProperty(WorkflowTemplate.From, out JsonElement from))
            {
                CheckMembers(marked, s_referenceMembers, $"{owner}: a reference");
                if (from.ValueKind == JsonValueKind.String)
                    tasks.Add(from.GetString()!);
                else
                    _faults.Add($"{owner}: $from is {from.GetRawText()}, and no task's name.");
                if (marked.TryGetProperty(WorkflowTemplate.Path, out JsonElement path))
                    CheckPath(path, owner);
            }
            else if (marked.TryGetProperty(WorkflowTemplate.Item, out JsonElement item))
            {
                CheckMembers(marked, [WorkflowTemplate.Item], $"{owner}: a reference");
                CheckPath(item, owner);
                if (!hasItem)
                    _faults.Add($"{owner} takes an item, and does not run for each of a list: only a task with forEach has items.");
            }
            else
            {
                CheckMembers(marked, [WorkflowTemplate.Value], $"{owner}: a literal value");
            }
        }

        return tasks;
    }

    private void CheckPath(JsonElement path, string owner)
    {
        if (path.ValueKind != JsonValueKind.String || !WorkflowPath.TryParse(path.GetString()!, out _))
            _faults.Add($"{owner}: {path.GetRawText()} is no path; write one like \"$.result\", \"$.sizes[0].width\" or \"$[*].result\".");
    }

    private void CheckMembers(JsonElement element, string[] known, string owner)
    {
        foreach (JsonProperty property in element.EnumerateObject().Where(property => !known.Contains(property.Name)))
            _faults.Add($"{owner} has no '{property.Name}'; known are: {string.Join(", ", known)}.");
    }

    private string? Name(JsonElement element, string owner)
    {
        if (element.TryGetProperty("name", out JsonElement text) && text.ValueKind == JsonValueKind.String
            && text.GetString() is { } name && WorkflowBuilder.IsName(name))
            return name;
        _faults.Add($"{owner} needs a name of 1 to {WorkflowBuilder.MaxNameLength} printable characters.");
        return null;
    }
}
