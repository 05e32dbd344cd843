namespace Gristmill.SourceGenerators.TaskDefinitions;

/// <summary>
/// Writes the TaskTemplate of one operation, and the factories that make it: what a workflow needs to feed one task's output to another.
/// They yield to the factories of requests wherever both could be meant.
/// </summary>
internal static class TemplateEmitter
{
    private const string Input = "global::Gristmill.Input";
    private const string Output = "global::Gristmill.Output";
    private const string Sequence = "global::System.Collections.Generic.IEnumerable";

    public static void Write(SourceWriter code, DefinitionModel definition, OperationModel operation, JsonEmitter json)
    {
        ParameterModel[] inputs = [.. operation.Inputs];
        string className = DefinitionEmitter.TemplateClass(operation);
        string result = operation.Result.Type;
        using (code.Block($"internal sealed class {className} : global::Gristmill.TaskTemplate<{result}>"))
        {
            foreach (ParameterModel p in inputs)
                code.Line($"private readonly {InputType(p)} _{p.Name};");
            code.Line();
            string parameters = string.Join(", ", inputs.Select(static p => $"{InputType(p)} {Names.Identifier(p.Name)}"));
            using (code.Block($"internal {className}({parameters})"))
            {
                foreach (ParameterModel p in inputs)
                    code.Line($"this._{p.Name} = {Names.Identifier(p.Name)};");
            }

            code.Line();
            code.Line($"public override global::Gristmill.TaskKind Kind => {DefinitionEmitter.KindClass(operation)}.Instance;");
            code.Line();
            RequestEmitter.WriteResultPath(code, operation);
            string references = string.Join(", ", inputs.Select(static p =>
                IsOptional(p) ? $".. _{p.Name}?.References ?? []" : $".. _{p.Name}.References"));
            code.Line($"public override {Sequence}<{Output}> References => [{references}];");
            code.Line();
            using (code.Block($"public override global::Gristmill.TaskRequest<{result}> Bind(global::Gristmill.WorkflowValues values)"))
            {
                string bound = string.Join(", ", inputs.Select(Bound));
                code.Line($"return new {DefinitionEmitter.RequestClass(operation)}({bound});");
            }

            code.Line();
            WriteTemplate(code, definition, operation, inputs, json);
            code.Line();
            RequestEmitter.WriteWriteOutput(code, operation);
        }
    }

    public static void WriteFactories(SourceWriter code, DefinitionModel definition, OperationModel operation)
    {
        ParameterModel[] inputs = [.. operation.Inputs];
        if (inputs.Length == 0)
            return;
        WriteFactory(
            code, definition, operation,
            string.Join(", ", inputs.Select(static p => $"{InputType(p)} {Names.Identifier(p.Name)}{(p.HasFactoryDefault ? " = null" : "")}")),
            string.Join(", ", inputs.Select(static p => Names.Identifier(p.Name))));
        if (inputs.Length == 1 && ElementShape(inputs[0], definition) >= 0)
        {
            string name = Names.Identifier(inputs[0].Name);
            WriteFactory(
                code, definition, operation,
                $"params global::System.ReadOnlySpan<{Input}<{inputs[0].ElementType}>> {name}",
                $"{Input}.Array({name})");
        }
    }

    private static void WriteFactory(
        SourceWriter code, DefinitionModel definition, OperationModel operation, string parameters, string arguments)
    {
        code.Line();
        DefinitionEmitter.WriteDocumentation(code, operation);
        code.Line("[global::System.Runtime.CompilerServices.OverloadResolutionPriority(-1)]");
        using (code.Block($"{operation.Accessibility} static global::Gristmill.TaskTemplate<{operation.Result.Type}> {operation.Factory}({parameters})"))
            code.Line($"return new {definition.ClassName}.{DefinitionEmitter.TemplateClass(operation)}({arguments});");
    }

    private static void WriteTemplate(
        SourceWriter code, DefinitionModel definition, OperationModel operation, ParameterModel[] inputs, JsonEmitter json)
    {
        const string Paths = "global::System.Collections.Generic.IReadOnlyDictionary<string, string>";
        using (code.Block($"public override void WriteTemplate({JsonEmitter.Utf8Writer} json, {Paths} paths)"))
        {
            if (operation.IsWholeInput)
            {
                code.Line(WriteValue(inputs[0], "_" + inputs[0].Name));
                return;
            }

            code.Line("json.WriteStartObject();");
            foreach (ParameterModel p in inputs)
            {
                if (!IsOptional(p))
                {
                    WriteProperty(p, "_" + p.Name);
                    continue;
                }

                using (code.Block($"if (_{p.Name}.HasValue)"))
                    WriteProperty(p, $"_{p.Name}.Value");
            }

            code.Line("json.WriteEndObject();");
        }

        void WriteProperty(ParameterModel p, string input)
        {
            code.Line($"json.WritePropertyName({JsonEmitter.Utf8(p.Name)});");
            code.Line(WriteValue(p, input));
        }

        string WriteValue(ParameterModel p, string input)
        {
            int element = ElementShape(p, definition);
            return element >= 0
                ? $"{Input}.WriteArray({input}, json, paths, static (json, value) => {{ {json.Write(element, "value")} }});"
                : $"{input}.WriteTo(json, paths, static (json, value) => {{ {json.Write(p.Shape, "value")} }});";
        }
    }

    // Null stands for an argument that is left out.
    private static bool IsOptional(ParameterModel p) => p.IsNullable || p.HasFactoryDefault;

    private static string InputType(ParameterModel p) => $"{Input}<{p.ValueType}>{(IsOptional(p) ? "?" : "")}";

    // Elements can be outputs where the factory takes a list of arguments.
    private static int ElementShape(ParameterModel p, DefinitionModel definition) =>
        p.IsParams && p.KeepsSpan && definition.Shapes[p.Shape] is SequenceShape sequence ? sequence.Element : -1;

    private static string Bound(ParameterModel p)
    {
        string value = IsOptional(p) ? $"_{p.Name}.Value.Resolve(values)" : $"_{p.Name}.Resolve(values)";
        string stored = p.Form switch
        {
            ArgumentForm.View when !p.KeepsSpan => $"global::System.Linq.Enumerable.ToArray({value})",
            ArgumentForm.Collection => $"new {p.StoredType.TrimEnd('?')}({value})",
            _ => value,
        };
        string absent = p.KeepsSpan ? "[]" : p.Default?.Code ?? "null";
        return IsOptional(p) ? $"_{p.Name}.HasValue ? {stored} : {absent}" : stored;
    }
}
