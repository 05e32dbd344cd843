using Microsoft.CodeAnalysis;

namespace Gristmill.SourceGenerators.TaskDefinitions;

/// <summary>Reads one operation: a static method, or the contract of a handler class.</summary>
internal sealed class OperationParser(ShapeBuilder shapes, Problems problems, CancellationToken cancellationToken)
{
    private const string DefaultOutput = "result";

    public OperationModel? ParseMethod(IMethodSymbol method, AttributeData attribute, string prefix, KindSettings defaults)
    {
        string? obstacle = ObstacleIn(method);
        if (obstacle is not null)
        {
            problems.Report(Rules.InvalidOperation, method, method.Name, obstacle);
            return null;
        }

        if (method is { IsAsync: true, ReturnsVoid: true })
        {
            problems.Report(Rules.AsyncVoid, method, method.Name);
            return null;
        }

        string part = KindSettings.Named(attribute, "Name") as string ?? TaskNames.CamelCase(method.Name);
        if (!TaskNames.IsKind(part))
        {
            problems.Report(
                Rules.InvalidName, KindSettings.LocationOf(attribute, cancellationToken, "Name"), part, "kind name", Rules.KindNameForm);
        }
        else if (TaskNames.IsKind(prefix) && !TaskNames.IsKind($"{prefix}.{part}"))
        {
            problems.Report(
                Rules.InvalidName, KindSettings.LocationOf(attribute, cancellationToken, "Name"), $"{prefix}.{part}", "kind name", "it is longer than 100 characters");
        }

        string? output = KindSettings.Named(attribute, "Output") as string;
        if (output is "" || (output is not null && (method.ReturnsVoid || IsTask(method.ReturnType, typeArguments: 0))))
        {
            problems.Report(
                Rules.InvalidName, KindSettings.LocationOf(attribute, cancellationToken, "Output"), output, "output name",
                output.Length == 0 ? "it is empty" : "the operation gives no result");
        }

        XmlDocs docs = XmlDocs.Of(method, cancellationToken);
        KindSettings settings = KindSettings.Read(attribute, problems, cancellationToken).Or(defaults);
        var parameters = new ParameterParser(shapes, problems);
        ParameterModel?[] models = [.. method.Parameters.Select(p => parameters.Parse(p, docs.Parameter(p.Name)))];
        ResultModel? result = ParseResult(method, output);
        if (result is null || models.Any(static m => m is null))
            return null;

        return new OperationModel(
            Names.Identifier(method.Name),
            method.Name,
            Names.Identifier(method.Name),
            method.DeclaredAccessibility == Accessibility.Public ? "public" : "internal",
            $"{prefix}.{part}",
            docs.Summary ?? "",
            settings.TimeoutTicks,
            settings.MaxAttempts,
            settings.Queue,
            IsWholeInput: false,
            new EquatableArray<ParameterModel>(ParameterParser.ChooseParams([.. models.Select(static m => m!)])),
            result);
    }

    public OperationModel? ParseHandler(INamedTypeSymbol type, INamedTypeSymbol contract, string kind, KindSettings settings)
    {
        ITypeSymbol input = contract.TypeArguments[0];
        ITypeSymbol output = contract.TypeArguments[1];
        XmlDocs docs = XmlDocs.Of(type, cancellationToken);
        ParameterModel? parameter = new ParameterParser(shapes, problems).ParseHandlerInput(input, type);
        ResultModel? result = MakeResult(output, ResultForm.ValueTaskOfValue, outputName: null, type);
        if (parameter is null || result is null)
            return null;

        string stem = Names.StemOf(type.Name);
        return new OperationModel(
            "HandleAsync",
            stem,
            "Create",
            type.DeclaredAccessibility == Accessibility.Public ? "public" : "internal",
            kind,
            docs.Summary ?? "",
            settings.TimeoutTicks,
            settings.MaxAttempts,
            settings.Queue,
            IsWholeInput: shapes[parameter.Shape] is RecordShape,
            new EquatableArray<ParameterModel>([parameter]),
            result);
    }

    private static string? ObstacleIn(IMethodSymbol method) => method switch
    {
        { IsStatic: false } => "it is not static",
        { IsGenericMethod: true } => "it is generic; a kind has one input type",
        { MethodKind: not MethodKind.Ordinary } => "it is not an ordinary method",
        { DeclaredAccessibility: not (Accessibility.Public or Accessibility.Internal) } =>
            "it is neither public nor internal, and its factory has the same accessibility",
        { ReturnsByRef: true } or { ReturnsByRefReadonly: true } => "it returns by reference",
        { Name: "Kinds" } => "the generated class has a member 'Kinds' of its own; give the method another name",
        _ => null,
    };

    private ResultModel? ParseResult(IMethodSymbol method, string? outputName)
    {
        if (method.ReturnsVoid)
            return new ResultModel(ResultForm.Nothing, "global::Gristmill.NoResult", -1, null);
        if (IsTask(method.ReturnType, typeArguments: 0) || IsTask(method.ReturnType, typeArguments: 1))
        {
            var task = (INamedTypeSymbol)method.ReturnType;
            bool isValueTask = task.Name == "ValueTask";
            if (task.TypeArguments.Length == 0)
                return new ResultModel(isValueTask ? ResultForm.ValueTask : ResultForm.Task, "global::Gristmill.NoResult", -1, null);
            return MakeResult(
                task.TypeArguments[0], isValueTask ? ResultForm.ValueTaskOfValue : ResultForm.TaskOfValue, outputName, method);
        }

        return MakeResult(method.ReturnType, ResultForm.Value, outputName, method);
    }

    private static bool IsTask(ITypeSymbol type, int typeArguments) =>
        type is INamedTypeSymbol { Name: "Task" or "ValueTask" } task && task.TypeArguments.Length == typeArguments
        && task.ContainingNamespace.ToDisplayString() == "System.Threading.Tasks";

    private ResultModel? MakeResult(ITypeSymbol type, ResultForm form, string? outputName, ISymbol at)
    {
        if (Types.Is(type, "Gristmill.NoResult"))
            return new ResultModel(form, "global::Gristmill.NoResult", -1, null);
        int shape = shapes.Add(type);
        if (shape < 0)
        {
            problems.ReportType(at, $"The result of {at.Name}", type, shapes.Refusal);
            return null;
        }

        // Only a record is an object of its own, and only where null cannot take its place.
        string? name = outputName ?? (shapes[shape] is RecordShape ? null : DefaultOutput);
        return new ResultModel(form, Types.NameOf(type), shape, name);
    }
}
