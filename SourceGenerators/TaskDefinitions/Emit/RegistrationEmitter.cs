namespace Gristmill.SourceGenerators.TaskDefinitions;

/// <summary>What the registration needs of a definition. Smaller than the model, so that most edits leave it as it was.</summary>
/// <param name="FactoryType">The class whose Kinds are registered.</param>
/// <param name="HandlerType">The handler to register as a service; null for a static class.</param>
internal sealed record RegistrationEntry(string FactoryType, string? HandlerType);

/// <param name="Name">The assembly's name.</param>
/// <param name="HasServices">True when it references the dependency injection abstractions.</param>
internal sealed record AssemblyModel(string Name, bool HasServices);

/// <summary>Writes the assembly's list of kinds and, where service collections are known, their registration.</summary>
internal static class RegistrationEmitter
{
    private const string Kinds = "global::System.Collections.Immutable.ImmutableArray<global::Gristmill.TaskKind>";
    private const string Services = "global::Microsoft.Extensions.DependencyInjection";

    public static string ClassName(AssemblyModel assembly) => "TasksFrom" + Names.FromAssembly(assembly.Name);

    public static string Emit(AssemblyModel assembly, IReadOnlyList<RegistrationEntry> entries)
    {
        var code = new SourceWriter();
        foreach (string line in DefinitionEmitter.Header.Split('\n'))
            code.Line(line.TrimEnd('\r'));
        code.Line().Line($"[assembly: global::Gristmill.{ClassName(assembly)}.Source]");
        code.Line().Line("namespace Gristmill;").Line();
        code.Line($"/// <summary>The task kinds that the assembly {assembly.Name} defines.</summary>");
        using (code.Block($"public static class {ClassName(assembly)}"))
        {
            code.Line("/// <summary>All of them, by definition. Usable without dependency injection.</summary>");
            code.Line($"public static {Kinds} Kinds {{ get; }} =");
            code.Line("[");
            using (code.Indent())
            {
                foreach (RegistrationEntry entry in entries)
                    code.Line($".. {entry.FactoryType}.Kinds,");
            }

            code.Line("];");
            if (assembly.HasServices)
            {
                code.Line();
                WriteRegistration(code, assembly, entries);
            }

            code.Line();
            using (code.Block("internal sealed class SourceAttribute : global::Gristmill.CodeGeneration.TaskKindSourceAttribute"))
                code.Line($"public override {Kinds} Kinds => {ClassName(assembly)}.Kinds;");
        }

        return code.ToString();
    }

    private static void WriteRegistration(SourceWriter code, AssemblyModel assembly, IReadOnlyList<RegistrationEntry> entries)
    {
        string name = $"Add{ClassName(assembly)}";
        const string Extensions = Services + ".Extensions.ServiceCollectionDescriptorExtensions";
        code.Line($"/// <summary>Registers each kind as a <see cref=\"global::Gristmill.TaskKind\"/>, and handler classes as singletons. Safe to call twice.</summary>");
        using (code.Block($"public static {Services}.IServiceCollection {name}(this {Services}.IServiceCollection services)"))
        {
            code.Line("global::System.ArgumentNullException.ThrowIfNull(services);");
            foreach (RegistrationEntry entry in entries.Where(static e => e.HandlerType is not null))
                code.Line($"{Extensions}.TryAddSingleton<{entry.HandlerType}>(services);");
            code.Line("foreach (global::Gristmill.TaskKind kind in Kinds)");
            using (code.Indent())
            {
                code.Line($"{Extensions}.TryAddEnumerable(services, {Services}.ServiceDescriptor.Singleton(typeof(global::Gristmill.TaskKind), kind));");
            }

            code.Line("return services;");
        }
    }
}
