namespace Gristmill;

/// <summary>Which kernels this process uses, and why.</summary>
/// <param name="Mode">What was asked for.</param>
/// <param name="Implementation"><c>native</c> or <c>managed</c>.</param>
/// <param name="InstructionSet">The variant in use: <c>scalar</c>, <c>sse2</c>, <c>avx2</c>, <c>avx512</c> or
/// <c>neon</c>.</param>
/// <param name="Reason">Why managed code does the work, for a person; null when the native library does.</param>
public sealed record KernelReport(KernelMode Mode, string Implementation, string InstructionSet, string? Reason);
