using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Gristmill.Grains.Tasks;

/// <summary>What an operator sees of one silo's engine.</summary>
/// <param name="Silo">The silo's address.</param>
/// <param name="Engine">The engine as it was a moment ago.</param>
/// <param name="Kernels">Which kernels it uses, and why.</param>
/// <param name="Executor">What durable tasks are doing here.</param>
internal sealed record EngineView(string Silo, EngineSnapshot Engine, KernelReport Kernels, ExecutorView Executor);

/// <summary>What an operator sees of one silo's executor of durable tasks.</summary>
/// <param name="Name">Its name, as in the tasks' rows.</param>
/// <param name="IsDraining">Whether it asks for no more tasks.</param>
/// <param name="Held">Grants that it runs, or whose completion is not answered yet.</param>
/// <param name="Credit">Tasks that it may hold at most now.</param>
/// <param name="RefusedKinds">Kinds that it does not ask for at present, and why.</param>
internal sealed record ExecutorView(string Name, bool IsDraining, int Held, int Credit, ImmutableArray<RefusedKind> RefusedKinds);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(EngineView))]
internal sealed partial class EngineJson : JsonSerializerContext;
