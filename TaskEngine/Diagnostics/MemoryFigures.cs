using System.Collections.Immutable;

namespace Gristmill;

/// <summary>The engine's native memory.</summary>
/// <param name="BudgetBytes">What it may take from the system.</param>
/// <param name="ReservedBytes">What it has taken: pages, free blocks included, and large blocks.</param>
/// <param name="LargeBytes">Of these, blocks too large for a page.</param>
/// <param name="FreePageBytes">Of these, pages that nobody uses.</param>
/// <param name="LiveBuffers">Payload buffers in use.</param>
/// <param name="Refusals">Requests that did not fit the budget.</param>
/// <param name="Classes">Pages by the size of the blocks that they are cut into, smallest first; classes without a page are left out.</param>
/// <param name="Kinds">What is in use, by the task kind that it is for, most first.</param>
public sealed record MemoryFigures(
    long BudgetBytes,
    long ReservedBytes,
    long LargeBytes,
    long FreePageBytes,
    long LiveBuffers,
    long Refusals,
    ImmutableArray<SizeClassFigures> Classes,
    ImmutableArray<MemoryUse> Kinds);

/// <param name="BlockBytes">Size of a block.</param>
/// <param name="Pages">Pages cut into such blocks.</param>
/// <param name="LiveBlocks">Blocks that are out, those included that came back on another thread and were not taken in yet.</param>
public sealed record SizeClassFigures(int BlockBytes, int Pages, long LiveBlocks);

/// <summary>Payload memory of one task kind.</summary>
public sealed record MemoryUse(string Kind, long Buffers, long Bytes);
