using System.Globalization;

namespace Gristmill.SourceGenerators.TaskDefinitions;

/// <summary>Writes the TaskKind of one operation: its facts, and the way from JSON through the handler to JSON.</summary>
internal static class KindEmitter
{
    private const string Kind = "global::Gristmill.TaskKind";
    private const string Payload = "global::Gristmill.TaskPayload";
    private const string Buffer = "global::System.Buffers.IBufferWriter<byte>";
    private const string Context = "global::Gristmill.TaskContext";
    private const string ValueTask = "global::System.Threading.Tasks.ValueTask";
    private const string Arguments = "InputArguments";
    private const string BinaryArray = "global::Gristmill.BinaryArray";

    public static void Write(SourceWriter code, DefinitionModel definition, OperationModel operation, JsonEmitter json)
    {
        string className = DefinitionEmitter.KindClass(operation);
        ParameterModel[] inputs = [.. operation.Inputs];
        using (code.Block($"internal sealed class {className} : {Kind}"))
        {
            code.Line($"public static readonly {className} Instance = new();");
            if (definition.Handler is { } handler)
                WriteHandlerSource(code, handler, operation.KindName);
            code.Line();
            WriteFacts(code, definition, operation);
            code.Line();
            WriteInvoke(code, definition, operation, inputs);
            code.Line();
            WriteCheck(code, inputs);
            code.Line();
            WriteRead(code, definition, operation, inputs, json);
            code.Line();
            WriteOutput(code, operation, json);
            if (inputs.Length > 0)
            {
                code.Line();
                using (code.Block($"private struct {Arguments}"))
                {
                    foreach (ParameterModel p in inputs)
                        code.Line($"public {ArgumentType(p, definition)} {Names.Identifier(p.Name)};");
                }
            }
        }
    }

    private static void WriteHandlerSource(SourceWriter code, HandlerModel handler, string kindName)
    {
        string arguments = string.Join(", ", handler.Constructor.Select(s =>
            DefinitionEmitter.Service(s.Type, s.Default, "services", kindName)));
        code.Line($"internal static readonly global::Gristmill.CodeGeneration.TaskHandlerSource<{handler.Type}> Handlers = new(");
        using (code.Indent())
            code.Line($"static services => new {handler.Type}({arguments}));");
    }

    private static void WriteFacts(SourceWriter code, DefinitionModel definition, OperationModel operation)
    {
        code.Line($"public override string Name => {DefinitionEmitter.Literal(operation.KindName)};").Line();
        code.Line($"public override string Description => {DefinitionEmitter.Literal(operation.Description)};").Line();
        code.Line("public override string InputSchema =>");
        using (code.Indent())
            code.Line($"\"\"\"{SchemaText.OfInput(operation, definition.Shapes)}\"\"\";");
        code.Line();
        code.Line("public override string OutputSchema =>");
        using (code.Indent())
            code.Line($"\"\"\"{SchemaText.OfOutput(operation, definition.Shapes)}\"\"\";");
        if (operation.TimeoutTicks > 0)
            code.Line().Line($"public override global::System.TimeSpan Timeout => {DefinitionEmitter.Ticks(operation.TimeoutTicks)};");
        if (operation.MaxAttempts > 0)
            code.Line().Line($"public override int MaxAttempts => {operation.MaxAttempts.ToString(CultureInfo.InvariantCulture)};");
        if (operation.Queue is not null)
            code.Line().Line($"public override string Queue => {DefinitionEmitter.Literal(operation.Queue)};");
        WriteBinaryFacts(code, definition, operation);
    }

    private static void WriteBinaryFacts(SourceWriter code, DefinitionModel definition, OperationModel operation)
    {
        ParameterModel[] arrays = [.. operation.BinaryParameters];
        if (arrays.Length > 0)
        {
            code.Line().Line($"public override global::System.Collections.Generic.IReadOnlyList<{BinaryArray}> BinaryInput {{ get; }} =");
            code.Line("[");
            using (code.Indent())
            {
                foreach (ParameterModel p in arrays)
                {
                    (string name, int bytes) = ElementTypes.Find(p.ElementType!)!.Value;
                    code.Line($"new {BinaryArray}({DefinitionEmitter.Literal(p.Name)}, \"{name}\", {bytes.ToString(CultureInfo.InvariantCulture)}),");
                }
            }

            code.Line("];");
        }

        if (ElementTypes.OfResult(operation.Result, definition.Shapes) is { } element)
            code.Line().Line($"public override string BinaryOutput => \"{ElementTypes.Find(element)!.Value.Name}\";");
    }

    private static void WriteInvoke(SourceWriter code, DefinitionModel definition, OperationModel operation, ParameterModel[] inputs)
    {
        ResultModel result = operation.Result;
        string head = $"public override {(result.IsAwaited ? "async " : "")}{ValueTask} InvokeAsync({Payload} input, {Buffer} output, {Context} context)";
        using (code.Block(head))
        {
            code.Line(inputs.Length > 0 ? $"{Arguments} arguments = Read(input);" : "Read(input);");
            string call = DefinitionEmitter.Call(definition, operation, static p => Passed(p));
            string awaited = result.IsAwaited ? $"await {call}.ConfigureAwait(false)" : call;
            ParameterModel[] buffers = [.. inputs.Where(static p => p.IsNumbers)];
            if (buffers.Length == 0)
            {
                WriteBody();
            }
            else
            {
                using (code.Block("try"))
                    WriteBody();
                using (code.Block("finally"))
                {
                    foreach (ParameterModel p in buffers)
                        code.Line($"arguments.{Names.Identifier(p.Name)}.Dispose();");
                }
            }

            if (!result.IsAwaited)
                code.Line().Line("return default;");

            void WriteBody()
            {
                if (result.Shape >= 0)
                {
                    code.Line($"{result.Type} result = {awaited};");
                    WriteResult();
                }
                else
                {
                    code.Line($"{awaited};");
                    code.Line("Write(output);");
                }
            }

            void WriteResult()
            {
                if (ElementTypes.OfResult(result, definition.Shapes) is { } element)
                {
                    code.Line("if (input.OutputFormat == global::Gristmill.PayloadFormat.Binary)");
                    using (code.Indent())
                        code.Line($"global::Gristmill.CodeGeneration.NumberBuffer.Write<{element}>(output, {ElementTypes.SpanOf(result, definition.Shapes)});");
                    code.Line("else");
                    using (code.Indent())
                        code.Line("Write(output, result);");
                }
                else
                {
                    code.Line("Write(output, result);");
                }
            }
        }
    }

    private static void WriteCheck(SourceWriter code, ParameterModel[] inputs)
    {
        ParameterModel[] buffers = [.. inputs.Where(static p => p.IsNumbers)];
        using (code.Block($"public override void CheckInput({Payload} input)"))
        {
            code.Line(buffers.Length > 0 ? $"{Arguments} arguments = Read(input);" : "Read(input);");
            foreach (ParameterModel p in buffers)
                code.Line($"arguments.{Names.Identifier(p.Name)}.Dispose();");
        }
    }

    private static void WriteRead(
        SourceWriter code, DefinitionModel definition, OperationModel operation, ParameterModel[] inputs, JsonEmitter json)
    {
        using (code.Block($"private {(inputs.Length > 0 ? Arguments : "void")} Read({Payload} payload)"))
        {
            code.Line($"{JsonEmitter.Reader} json = {JsonEmitter.Reader}.ForInput(payload, this);");
            if (operation.IsWholeInput)
            {
                code.Line($"{inputs[0].StoredType} value = {json.Read(inputs[0].Shape)};");
                code.Line("json.EndInput();");
                code.Line(ReturnArguments(inputs, static _ => "value"));
                return;
            }

            (PropertyModel Property, string Type, string Read)[] properties = [.. inputs.Select(p => (
                AsProperty(p), ArgumentType(p, definition), ReadExpression(p, json)))];
            JsonEmitter.WritePropertyLoop(code, properties);
            code.Line("json.EndInput();");
            if (inputs.Length > 0)
                code.Line(ReturnArguments(inputs, static p => JsonEmitter.ValueOf(AsProperty(p))));
        }
    }

    private static void WriteOutput(SourceWriter code, OperationModel operation, JsonEmitter json)
    {
        ResultModel result = operation.Result;
        using (code.Block($"private static void Write({Buffer} output{(result.Shape < 0 ? "" : $", {result.Type} result")})"))
        {
            code.Line($"{JsonEmitter.Utf8Writer} json = global::Gristmill.CodeGeneration.TaskJsonWriter.Start(output);");
            code.Line($"WriteResult(json, {(result.Shape < 0 ? "default" : "result")});");
            code.Line("global::Gristmill.CodeGeneration.TaskJsonWriter.Finish(json);");
        }

        code.Line();
        using (code.Block($"internal static void WriteResult({JsonEmitter.Utf8Writer} json, {result.Type} result)"))
        {
            if (result is { Shape: >= 0, OutputName: null })
            {
                code.Line(json.Write(result.Shape, "result"));
            }
            else
            {
                code.Line("json.WriteStartObject();");
                if (result.Shape >= 0)
                {
                    code.Line($"json.WritePropertyName({JsonEmitter.Utf8(result.OutputName!)});");
                    code.Line(json.Write(result.Shape, "result"));
                }

                code.Line("json.WriteEndObject();");
            }
        }
    }

    private static string ReturnArguments(ParameterModel[] inputs, Func<ParameterModel, string> value) =>
        $"return new {Arguments} {{ {string.Join(", ", inputs.Select(p => $"{Names.Identifier(p.Name)} = {value(p)}"))} }};";

    private static PropertyModel AsProperty(ParameterModel p) => new(
        p.Name, p.Name, p.Shape, PropertyRole.Constructor,
        // A buffer that is not given is an empty one.
        p.IsNumbers && p.Default is not null ? new DefaultValue("default", null) : p.Default,
        p.Description);

    private static string ArgumentType(ParameterModel p, DefinitionModel definition) =>
        p.IsNumbers ? $"global::Gristmill.CodeGeneration.NumberBuffer<{p.ElementType}>" : definition.Shapes[p.Shape].Type;

    private static string ReadExpression(ParameterModel p, JsonEmitter json)
    {
        if (!p.IsNumbers)
            return json.Read(p.Shape);
        return p.ElementType == "byte"
            ? "json.ReadByteNumbers()"
            : $"json.ReadNumbers<{p.ElementType}>()";
    }

    private static string Passed(ParameterModel p) => $"arguments.{Names.Identifier(p.Name)}" + p.Form switch
    {
        ArgumentForm.NumberSpan => ".Span",
        ArgumentForm.NumberMemory => ".Memory",
        _ => "",
    };
}
