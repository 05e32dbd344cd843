using System.Runtime.InteropServices;

namespace Gristmill.Queues;

/// <summary>The two tickets of a queue, apart from each other and from everything else.</summary>
[StructLayout(LayoutKind.Explicit, Size = 384)]
internal struct QueueTickets
{
    [FieldOffset(128)]
    public long Head;

    [FieldOffset(256)]
    public long Tail;
}
