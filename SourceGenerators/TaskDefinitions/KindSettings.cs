using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Gristmill.SourceGenerators.TaskDefinitions;

/// <summary>The settings that both attributes have. 0 and null mean that the attribute leaves them open.</summary>
internal sealed record KindSettings(long TimeoutTicks, int MaxAttempts, string? Queue)
{
    public static KindSettings Read(AttributeData attribute, Problems problems, CancellationToken cancellationToken)
    {
        long timeoutTicks = 0;
        if (Named(attribute, "Timeout") is string text)
        {
            if (Duration.TryParse(text, out TimeSpan timeout) && timeout > TimeSpan.Zero)
                timeoutTicks = timeout.Ticks;
            else
                problems.Report(Rules.InvalidTimeout, LocationOf(attribute, cancellationToken, "Timeout"), text);
        }

        int maxAttempts = Named(attribute, "MaxAttempts") as int? ?? 0;
        if (maxAttempts < 0)
            problems.Report(Rules.InvalidAttempts, LocationOf(attribute, cancellationToken, "MaxAttempts"), maxAttempts);

        string? queue = Named(attribute, "Queue") as string;
        if (queue is not null && !TaskNames.IsKind(queue))
            problems.Report(Rules.InvalidName, LocationOf(attribute, cancellationToken, "Queue"), queue, "queue name", Rules.KindNameForm);
        return new KindSettings(timeoutTicks, maxAttempts, queue);
    }

    public KindSettings Or(KindSettings defaults) => new(
        TimeoutTicks > 0 ? TimeoutTicks : defaults.TimeoutTicks,
        MaxAttempts > 0 ? MaxAttempts : defaults.MaxAttempts,
        Queue ?? defaults.Queue);

    public static object? Named(AttributeData attribute, string name) =>
        attribute.NamedArguments.FirstOrDefault(a => a.Key == name).Value.Value;

    /// <summary>Where the argument stands; without a name, where the first one does.</summary>
    public static Location? LocationOf(AttributeData attribute, CancellationToken cancellationToken, string? argument = null)
    {
        if (attribute.ApplicationSyntaxReference?.GetSyntax(cancellationToken) is not AttributeSyntax syntax)
            return null;
        AttributeArgumentSyntax? at = syntax.ArgumentList?.Arguments.FirstOrDefault(a =>
            argument is null ? a.NameEquals is null : a.NameEquals?.Name.Identifier.ValueText == argument);
        return (at?.Expression ?? (SyntaxNode)syntax).GetLocation();
    }
}
