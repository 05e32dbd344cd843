using System.Text.Json.Serialization;

namespace Gristmill.Grains.Tasks;

/// <summary>What an operator sees of one silo's engine.</summary>
/// <param name="Silo">The silo's address.</param>
/// <param name="Engine">The engine as it was a moment ago.</param>
/// <param name="Kernels">Which kernels it uses, and why.</param>
internal sealed record EngineView(string Silo, EngineSnapshot Engine, KernelReport Kernels);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(EngineView))]
internal sealed partial class EngineJson : JsonSerializerContext;
