using Microsoft.CodeAnalysis;

namespace Gristmill.SourceGenerators.TaskDefinitions;

/// <summary>The mistakes that the compiler reports about task definitions. Ids keep their meaning; each has a page in docs/diagnostics.</summary>
internal static class Rules
{
    public const string KindNameForm = "write words joined by dots that begin with a lower-case letter, such as image.thumbnail";

    public static readonly DiagnosticDescriptor DuplicateKind = ErrorAtEnd(
        "GM0001", "Two operations have the same task kind", "The task kind '{0}' is defined by {1} already");

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

    public static readonly DiagnosticDescriptor UnusedCancellation = Warning(
        "GM0007", "A task with a time-out ignores cancellation",
        "'{0}' has a time-out but {1}: it runs on after its time, and holds its worker until then");

    public static readonly DiagnosticDescriptor MutableStatic = Warning(
        "GM0008", "A task definition holds mutable static state",
        "'{0}' is static and can change: tasks run on many threads at once and on many machines");

    public static readonly DiagnosticDescriptor NoPublicConstructor = Error(
        "GM0009", "A handler has no public constructor", "'{0}' needs a public constructor, so that it can be made with its services");

    public static readonly DiagnosticDescriptor NotADefinition = Error(
        "GM0010", "A class can hold no task definition", "'{0}' can be no task definition: {1}");

    public static readonly DiagnosticDescriptor InvalidOperation = Error(
        "GM0011", "A method can be no task operation", "'{0}' can be no task operation: {1}");

    public static readonly DiagnosticDescriptor InvalidAttempts = Error(
        "GM0012", "MaxAttempts is out of range", "MaxAttempts is {0}: it must be 1 or more; leave it out for the default of 3");

    public static readonly DiagnosticDescriptor NoOperations = Warning(
        "GM0013", "A task definition has no operations", "'{0}' defines no task kind: mark a method [TaskOperation]");

    public static readonly DiagnosticDescriptor SharedFactory = ErrorAtEnd(
        "GM0014", "Two definitions have the same class of factories", "'{0}' and '{1}' would both get the class '{2}'; rename one of them");

    public static readonly DiagnosticDescriptor NotAService = Warning(
        "GM0015", "A value cannot come from the services", "'{0}' of '{1}' is of type '{2}', which no service has; take an options class");

    private static DiagnosticDescriptor Error(string id, string title, string message) => Make(id, title, message, DiagnosticSeverity.Error);

    private static DiagnosticDescriptor Warning(string id, string title, string message) => Make(id, title, message, DiagnosticSeverity.Warning);

    private static DiagnosticDescriptor ErrorAtEnd(string id, string title, string message) =>
        Make(id, title, message, DiagnosticSeverity.Error, WellKnownDiagnosticTags.CompilationEnd);

    private static DiagnosticDescriptor Make(string id, string title, string message, DiagnosticSeverity severity, params string[] tags) =>
        new(id, title, message, "Gristmill.TaskDefinitions", severity, isEnabledByDefault: true,
            helpLinkUri: $"docs/diagnostics/{id}.md", customTags: tags);
}
