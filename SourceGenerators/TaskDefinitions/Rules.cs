using Microsoft.CodeAnalysis;

namespace Gristmill.SourceGenerators.TaskDefinitions;

/// <summary>The mistakes that the compiler reports about task definitions. Ids keep their meaning; each has a page in docs/diagnostics.</summary>
internal static class Rules
{
    public const string KindNameForm = "write words joined by dots that begin with a lower-case letter, such as image.thumbnail";

    public static readonly DiagnosticDescriptor DuplicateKind = Error(
        "GM0001", "Two definitions give the same task kind", "The task kind '{0}' is defined more than once: by {1} and by {2}");

    public static readonly DiagnosticDescriptor InvalidName = Error(
        "GM0002", "A name is not valid", "'{0}' is no valid {1}: {2}");

    public static readonly DiagnosticDescriptor InvalidTimeout = Error(
        "GM0003", "A time-out cannot be read", "'{0}' is no time-out: write seconds, or a duration such as 30s, 5m or PT30S, above zero");

    public static readonly DiagnosticDescriptor UnserializableType = Error(
        "GM0004", "A type cannot be read from or written to JSON", "{0} cannot be of type '{1}': {2}");

    public static readonly DiagnosticDescriptor MissingPartial = Error(
        "GM0005", "A task definition is not partial", "'{0}' must be declared partial, because the generator adds the task kinds to it");

    public static readonly DiagnosticDescriptor AsyncVoid = Error(
        "GM0006", "A task operation is async void", "'{0}' must return Task or ValueTask: nobody can wait for an async void method");

    public static readonly DiagnosticDescriptor NoPublicConstructor = Error(
        "GM0009", "A handler has no public constructor", "'{0}' needs a public constructor, so that it can be made with its services");

    public static readonly DiagnosticDescriptor NotADefinition = Error(
        "GM0010", "A class can hold no task definition", "'{0}' can be no task definition: {1}");

    public static readonly DiagnosticDescriptor InvalidOperation = Error(
        "GM0011", "A method can be no task operation", "'{0}' can be no task operation: {1}");

    public static readonly DiagnosticDescriptor InvalidAttempts = Error(
        "GM0012", "MaxAttempts is out of range", "MaxAttempts is {0}: it must be 1 or more; leave it out for the default of 3");

    private static DiagnosticDescriptor Error(string id, string title, string message) => Make(id, title, message, DiagnosticSeverity.Error);

    private static DiagnosticDescriptor Make(string id, string title, string message, DiagnosticSeverity severity) => new(
        id, title, message, "Gristmill.TaskDefinitions", severity, isEnabledByDefault: true,
        helpLinkUri: $"docs/diagnostics/{id}.md");
}
