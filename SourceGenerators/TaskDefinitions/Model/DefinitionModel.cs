namespace Gristmill.SourceGenerators.TaskDefinitions;

/// <summary>One class marked [TaskDefinition]: all that the emitter needs, as plain values.</summary>
/// <param name="Namespace">Null for the global namespace.</param>
/// <param name="ClassName">The handlers class, as an identifier.</param>
/// <param name="Keyword">"class" or "record".</param>
/// <param name="Accessibility">"public" or "internal".</param>
/// <param name="FactoryName">The class with request factories that is written beside it.</param>
/// <param name="Handler">Null for a static class of operations.</param>
/// <param name="Operations">In source order.</param>
/// <param name="Shapes">The table of shapes.</param>
internal sealed record DefinitionModel(
    string? Namespace,
    string ClassName,
    string Keyword,
    string Accessibility,
    string FactoryName,
    HandlerModel? Handler,
    EquatableArray<OperationModel> Operations,
    EquatableArray<Shape> Shapes)
{
    public string FactoryType => Namespace is null ? $"global::{FactoryName}" : $"global::{Namespace}.{FactoryName}";
}

/// <param name="Type">The handler class, fully qualified.</param>
/// <param name="Contract">The ITaskHandler that it implements, fully qualified.</param>
/// <param name="Constructor">What its constructor takes from the services.</param>
internal sealed record HandlerModel(string Type, string Contract, EquatableArray<ServiceModel> Constructor);

/// <param name="Type">The service's type without a nullable annotation, fully qualified.</param>
/// <param name="Default">Taken when the service is missing; null when that is an error.</param>
internal sealed record ServiceModel(string Type, string? Default);

/// <param name="Method">The method to call.</param>
/// <param name="Stem">The first part of the names of its classes: AddTaskKind, AddTaskRequest.</param>
/// <param name="Factory">The name of the factory method.</param>
/// <param name="Accessibility">Of the factory.</param>
/// <param name="KindName">The dotted name.</param>
/// <param name="Description">From the XML summary; may be empty.</param>
/// <param name="TimeoutTicks">0 for the default.</param>
/// <param name="MaxAttempts">0 for the default.</param>
/// <param name="Queue">Null for the default.</param>
/// <param name="IsWholeInput">True when the one parameter is a record that is the input object itself.</param>
/// <param name="Parameters">All, in order.</param>
/// <param name="Result">What it gives.</param>
internal sealed record OperationModel(
    string Method,
    string Stem,
    string Factory,
    string Accessibility,
    string KindName,
    string Description,
    long TimeoutTicks,
    int MaxAttempts,
    string? Queue,
    bool IsWholeInput,
    EquatableArray<ParameterModel> Parameters,
    ResultModel Result)
{
    public IEnumerable<ParameterModel> Inputs => Parameters.Where(static p => p.Source == ParameterSource.Input);

    /// <summary>The parameters that a binary payload can fill; none where a record is the input object itself.</summary>
    public IEnumerable<ParameterModel> BinaryParameters =>
        IsWholeInput ? [] : Inputs.Where(static p => p.IsNumbers && ElementTypes.Find(p.ElementType!) is not null);
}

internal enum ParameterSource
{
    Input,
    Cancellation,
    Progress,
    Context,
    Service,
}

/// <summary>How an argument is kept in a request and handed to the handler.</summary>
internal enum ArgumentForm
{
    /// <summary>As it is: immutable, or a record whose copying is the user's affair.</summary>
    Plain,

    /// <summary>An array: copied into the request and for every attempt, as a handler may write to it.</summary>
    Array,

    /// <summary>A list or dictionary: likewise.</summary>
    Collection,

    /// <summary>A read-only interface, span or memory of anything: kept as an array.</summary>
    View,

    /// <summary>A read-only span of numbers: pooled memory, or the bytes of a binary payload.</summary>
    NumberSpan,

    /// <summary>A read-only memory of numbers: likewise.</summary>
    NumberMemory,
}

/// <param name="Name">The C# name, without '@'; also the JSON name.</param>
/// <param name="Source">Where the argument comes from.</param>
/// <param name="Form">How it is kept.</param>
/// <param name="FactoryType">Its type in the factory method; the service's type for a service.</param>
/// <param name="StoredType">Its type in the request.</param>
/// <param name="ElementType">The number type of a buffer; otherwise null.</param>
/// <param name="IsNullable">True when null is a value of it.</param>
/// <param name="IsReference">True when the factory must guard against null.</param>
/// <param name="IsParams">True when the factory takes it as a list of arguments.</param>
/// <param name="Shape">The shape of the stored type; -1 unless it is input.</param>
/// <param name="Default">Null when it must be given.</param>
/// <param name="HasFactoryDefault">True when the C# parameter itself is optional.</param>
/// <param name="Description">From the XML documentation.</param>
internal sealed record ParameterModel(
    string Name,
    ParameterSource Source,
    ArgumentForm Form,
    string FactoryType,
    string StoredType,
    string? ElementType,
    bool IsNullable,
    bool IsReference,
    bool IsParams,
    int Shape,
    DefaultValue? Default,
    bool HasFactoryDefault,
    string? Description)
{
    /// <summary>The type of a value of it in a workflow, where an output may stand for it.</summary>
    public string ValueType => KeepsSpan ? StoredType : FactoryType.TrimEnd('?');

    /// <summary>True when the factory takes a span, which is kept as an array.</summary>
    public bool KeepsSpan => FactoryType.StartsWith("global::System.ReadOnlySpan<", StringComparison.Ordinal);

    public bool IsNumbers => Form is ArgumentForm.NumberSpan or ArgumentForm.NumberMemory;
}

internal enum ResultForm
{
    Nothing,
    Value,
    Task,
    ValueTask,
    TaskOfValue,
    ValueTaskOfValue,
}

/// <param name="Form">What the method returns.</param>
/// <param name="Type">The result's type; NoResult where there is none.</param>
/// <param name="Shape">-1 where there is none.</param>
/// <param name="OutputName">The output property that holds it; null when the result is the output object.</param>
internal sealed record ResultModel(ResultForm Form, string Type, int Shape, string? OutputName)
{
    /// <summary>Where the result lies in the JSON output.</summary>
    public string Path => Shape < 0 || OutputName is null ? "$" : "$." + OutputName;

    public bool IsAwaited => Form is not (ResultForm.Nothing or ResultForm.Value);
}
