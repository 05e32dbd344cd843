namespace Gristmill.SourceGenerators.TaskDefinitions;

/// <summary>Writes the TaskRequest of one operation: the arguments, the direct call, and both ways through JSON for a caller elsewhere.</summary>
internal static class RequestEmitter
{
    private const string Context = "global::Gristmill.TaskContext";
    private const string Buffer = "global::System.Buffers.IBufferWriter<byte>";
    private const string ValueTask = "global::System.Threading.Tasks.ValueTask";

    public static void Write(SourceWriter code, DefinitionModel definition, OperationModel operation, JsonEmitter json)
    {
        ParameterModel[] inputs = [.. operation.Inputs];
        string result = operation.Result.Type;
        string className = DefinitionEmitter.RequestClass(operation);
        using (code.Block($"internal sealed class {className} : global::Gristmill.TaskRequest<{result}>"))
        {
            foreach (ParameterModel p in inputs)
                code.Line($"private readonly {p.StoredType} _{p.Name};");
            if (inputs.Length > 0)
            {
                code.Line();
                string parameters = string.Join(", ", inputs.Select(static p => $"{p.StoredType} {Names.Identifier(p.Name)}"));
                using (code.Block($"internal {className}({parameters})"))
                {
                    foreach (ParameterModel p in inputs)
                        code.Line($"this._{p.Name} = {Names.Identifier(p.Name)};");
                }

                code.Line();
            }

            code.Line($"public override global::Gristmill.TaskKind Kind => {DefinitionEmitter.KindClass(operation)}.Instance;");
            code.Line();
            WriteResultPath(code, operation);
            WriteInvoke(code, definition, operation);
            code.Line();
            WriteInput(code, operation, inputs, json);
            code.Line();
            WriteReadOutput(code, operation, json);
            code.Line();
            WriteWriteOutput(code, operation);
        }
    }

    /// <summary>The same in a request and a template.</summary>
    public static void WriteWriteOutput(SourceWriter code, OperationModel operation)
    {
        using (code.Block($"public override void WriteOutput({JsonEmitter.Utf8Writer} json, {operation.Result.Type} result)"))
            code.Line($"{DefinitionEmitter.KindClass(operation)}.WriteResult(json, result);");
    }

    public static void WriteResultPath(SourceWriter code, OperationModel operation)
    {
        // The base class has the usual one.
        if (operation.Result.Path != "$.result")
            code.Line($"public override string ResultPath => {DefinitionEmitter.Literal(operation.Result.Path)};").Line();
    }

    private static void WriteInvoke(SourceWriter code, DefinitionModel definition, OperationModel operation)
    {
        ResultModel result = operation.Result;
        string type = $"{ValueTask}<{result.Type}>";
        string call = DefinitionEmitter.Call(definition, operation, Passed);
        bool isAsync = result.Form is ResultForm.Task or ResultForm.ValueTask;
        using (code.Block($"public override {(isAsync ? "async " : "")}{type} InvokeAsync({Context} context)"))
        {
            switch (result.Form)
            {
                case ResultForm.Nothing:
                    code.Line($"{call};");
                    code.Line("return default;");
                    break;
                case ResultForm.Task or ResultForm.ValueTask:
                    code.Line($"await {call}.ConfigureAwait(false);");
                    code.Line("return default;");
                    break;
                case ResultForm.ValueTaskOfValue:
                    code.Line($"return {call};");
                    break;
                default:
                    code.Line($"return new {type}({call});");
                    break;
            }
        }
    }

    private static void WriteInput(SourceWriter code, OperationModel operation, ParameterModel[] inputs, JsonEmitter json)
    {
        using (code.Block($"public override void WriteInput({Buffer} output)"))
        {
            code.Line($"{JsonEmitter.Utf8Writer} json = global::Gristmill.CodeGeneration.TaskJsonWriter.Start(output);");
            if (operation.IsWholeInput)
            {
                code.Line(json.Write(inputs[0].Shape, "_" + inputs[0].Name));
            }
            else
            {
                code.Line("json.WriteStartObject();");
                foreach (ParameterModel p in inputs)
                {
                    code.Line($"json.WritePropertyName({JsonEmitter.Utf8(p.Name)});");
                    code.Line(json.Write(p.Shape, "_" + p.Name));
                }

                code.Line("json.WriteEndObject();");
            }

            code.Line("global::Gristmill.CodeGeneration.TaskJsonWriter.Finish(json);");
        }
    }

    private static void WriteReadOutput(SourceWriter code, OperationModel operation, JsonEmitter emitter)
    {
        ResultModel result = operation.Result;
        using (code.Block($"public override {result.Type} ReadOutput(global::System.ReadOnlySpan<byte> bytes)"))
        {
            code.Line($"var json = {JsonEmitter.Reader}.ForOutput(bytes, Kind);");
            if (result.Shape < 0)
                code.Line("json.BeginObject();");
            else if (result.OutputName is not null)
                code.Line($"json.BeginResult({JsonEmitter.Utf8(result.OutputName)}, {DefinitionEmitter.Literal(result.OutputName)});");
            if (result.Shape >= 0)
                code.Line($"{result.Type} result = {emitter.Read(result.Shape)};");
            if (result.Shape < 0 || result.OutputName is not null)
                code.Line("json.EndResult();");
            code.Line("json.EndInput();");
            code.Line(result.Shape < 0 ? "return default;" : "return result;");
        }
    }

    // A handler may write to an array or list that it is given: each attempt has its own.
    private static string Passed(ParameterModel p)
    {
        string field = "_" + p.Name;
        string passed = p.Form switch
        {
            ArgumentForm.Array => $"({p.StoredType}){field}.Clone()",
            ArgumentForm.Collection => $"new {p.StoredType.TrimEnd('?')}({field})",
            _ => field,
        };
        return p.IsNullable && passed != field ? $"{field} is null ? null : {passed}" : passed;
    }
}
