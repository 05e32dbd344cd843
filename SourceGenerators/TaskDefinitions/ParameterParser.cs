using Microsoft.CodeAnalysis;

namespace Gristmill.SourceGenerators.TaskDefinitions;

/// <summary>Reads the parameters of an operation: where each argument comes from, and how it is kept until then.</summary>
internal sealed class ParameterParser(ShapeBuilder shapes, Problems problems)
{
    public ParameterModel? Parse(IParameterSymbol parameter, string? description)
    {
        if (parameter.RefKind is not (RefKind.None or RefKind.In))
        {
            problems.Report(
                Rules.InvalidOperation, parameter, parameter.ContainingSymbol.Name, $"its parameter '{parameter.Name}' is passed by reference");
            return null;
        }

        if (Types.IsMarked(parameter, "Gristmill.TaskServiceAttribute"))
            return Service(parameter);
        ITypeSymbol type = Types.NullableElement(parameter.Type) ?? parameter.Type;
        if (Types.Is(type, "System.Threading.CancellationToken"))
            return FromContext(parameter, ParameterSource.Cancellation);
        if (Types.Is(type, "Gristmill.TaskContext"))
            return FromContext(parameter, ParameterSource.Context);
        if (Types.Is(type, "System.IProgress<double>"))
            return FromContext(parameter, ParameterSource.Progress);
        return Input(parameter, description);
    }

    public ParameterModel? ParseHandlerInput(ITypeSymbol type, INamedTypeSymbol handler)
    {
        DefaultValue? absent = Types.NullableElement(type) is null ? null : new DefaultValue("null", "null");
        ParameterModel? model = Input("input", type, absent, description: null);
        if (model is null)
            problems.ReportType(handler, $"The input of {handler.Name}", type, shapes.Refusal);
        return model;
    }

    /// <summary>An operation on one series of values takes them as a list of arguments.</summary>
    public static IReadOnlyList<ParameterModel> ChooseParams(IReadOnlyList<ParameterModel> parameters)
    {
        ParameterModel[] inputs = [.. parameters.Where(static p => p.Source == ParameterSource.Input)];
        bool isSeries = inputs.Length == 1
            && inputs[0] is { IsNullable: false, HasFactoryDefault: false, Form: ArgumentForm.NumberSpan or ArgumentForm.NumberMemory or ArgumentForm.View };
        return isSeries ? [.. parameters.Select(p => p == inputs[0] ? p with { IsParams = true } : p)] : parameters;
    }

    private static ParameterModel FromContext(IParameterSymbol parameter, ParameterSource source) => new(
        parameter.Name, source, ArgumentForm.Plain, "", "", null, false, false, false, -1, null, false, null);

    private ParameterModel Service(IParameterSymbol parameter)
    {
        problems.CheckService(parameter, parameter.ContainingSymbol.Name);
        string type = Types.NameOf(Types.NullableElement(parameter.Type) ?? parameter.Type);
        return new ParameterModel(
            parameter.Name, ParameterSource.Service, ArgumentForm.Plain, type, type, null, false, false, false, -1,
            Defaults.Of(parameter), false, null);
    }

    private ParameterModel? Input(IParameterSymbol parameter, string? description)
    {
        ParameterModel? model = Input(parameter.Name, Types.OfParameter(parameter), Defaults.Of(parameter), description);
        if (model is null)
        {
            problems.ReportType(
                parameter, $"The parameter '{parameter.Name}' of {parameter.ContainingSymbol.Name}", parameter.Type, shapes.Refusal);
        }

        return model is null ? null : model with { IsParams = parameter.IsParams, HasFactoryDefault = parameter.HasExplicitDefaultValue };
    }

    private ParameterModel? Input(string name, ITypeSymbol type, DefaultValue? absent, string? description)
    {
        ITypeSymbol? element = Types.ViewElement(type, out bool isSpan);
        bool isNullable = Types.NullableElement(type) is not null;
        // Text may stand in a span; it is kept as a string.
        if (isSpan && element!.SpecialType == SpecialType.System_Char)
            return Make(ArgumentForm.Plain, "string", "string", shapes.AddText(), isReference: true);
        if (element is null)
            return Make(FormOf(type), Types.NameOf(type), StoredTypeOf(type), shapes.Add(type), type.IsReferenceType && !isNullable);

        // A span cannot be stored and a memory may change: both are kept, read and written as arrays.
        string elementType = Types.NameOf(element);
        ArgumentForm form = Types.NumberConstraints(element) is null ? ArgumentForm.View
            : isSpan ? ArgumentForm.NumberSpan : ArgumentForm.NumberMemory;
        return Make(form, $"global::System.ReadOnlySpan<{elementType}>", elementType + "[]", shapes.AddArrayOf(element), isReference: false);

        ParameterModel? Make(ArgumentForm form, string factoryType, string storedType, int shape, bool isReference) => shape < 0
            ? null
            : new ParameterModel(
                name, ParameterSource.Input, form, factoryType, storedType, element is null ? null : Types.NameOf(element),
                isNullable, isReference, IsParams: false, shape, absent, HasFactoryDefault: false, description);
    }

    private static ArgumentForm FormOf(ITypeSymbol type) =>
        Types.ScalarKindOf(Types.NullableElement(type) ?? type) == ScalarKind.Bytes && type is not INamedTypeSymbol
            ? ArgumentForm.Array
            : Types.SequenceOf(Types.NullableElement(type) ?? type)?.Form switch
            {
                SequenceForm.Array => ArgumentForm.Array,
                SequenceForm.List => ArgumentForm.Collection,
                SequenceForm.View => ArgumentForm.View,
                _ => Types.DictionaryOf(Types.NullableElement(type) ?? type) is { IsImmutable: false }
                    ? ArgumentForm.Collection
                    : ArgumentForm.Plain,
            };

    // A read-only interface may show a list that its owner goes on changing.
    private static string StoredTypeOf(ITypeSymbol type)
    {
        ITypeSymbol bare = Types.NullableElement(type) ?? type;
        string? own = Types.SequenceOf(bare) is { Form: SequenceForm.View } view
            ? Types.NameOf(view.Element) + "[]"
            : Types.DictionaryOf(bare) is { IsImmutable: false } dictionary
                ? JsonEmitter.DictionaryType(Types.NameOf(dictionary.Element))
                : null;
        if (own is null)
            return Types.NameOf(type);
        return Types.NullableElement(type) is null ? own : own + "?";
    }
}
