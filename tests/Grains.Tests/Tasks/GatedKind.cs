using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Gristmill.Grains.Tests.Tasks;

/// <summary>A kind whose handlers wait at the gate that their input names, until a test lets them through.</summary>
internal sealed class GatedKind : TaskKind
{
    private static readonly ConcurrentDictionary<string, Gate> s_gates = new(StringComparer.Ordinal);

    public override string Name => "test.gated";

    public override string Description => "Waits for a test.";

    public override string InputSchema => """{"type":"object","properties":{"gate":{"type":"string"}},"required":["gate"]}""";

    public override string OutputSchema => """{"type":"object"}""";

    public static Gate At(string gate) => s_gates.GetOrAdd(gate, _ => new Gate());

    public override async ValueTask InvokeAsync(TaskPayload input, IBufferWriter<byte> output, TaskContext context)
    {
        using var document = JsonDocument.Parse(input.Bytes);
        await At(document.RootElement.GetProperty("gate").GetString()!).PassAsync(context.CancellationToken);
        output.Write("{}"u8);
    }

    [SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "A gate lives as long as the process.")]
    internal sealed class Gate
    {
        private readonly SemaphoreSlim _arrived = new(0);
        private readonly SemaphoreSlim _open = new(0);
        private int _inside;
        private int _mostInside;

        /// <summary>The largest number of handlers that were inside at once.</summary>
        public int MostInside => Volatile.Read(ref _mostInside);

        public int Inside => Volatile.Read(ref _inside);

        public void Open(int count) => _open.Release(count);

        public async Task ArrivedAsync(int count)
        {
            for (int i = 0; i < count; i++)
                Assert.True(await _arrived.WaitAsync(TimeSpan.FromSeconds(30)), $"Handler {i + 1} of {count} did not come to the gate within 30 s.");
        }

        public async Task PassAsync(CancellationToken cancellationToken)
        {
            int inside = Interlocked.Increment(ref _inside);
            for (int most = MostInside; inside > most; most = MostInside)
                Interlocked.CompareExchange(ref _mostInside, inside, most);
            _arrived.Release();
            try
            {
                await _open.WaitAsync(cancellationToken);
            }
            finally
            {
                Interlocked.Decrement(ref _inside);
            }
        }
    }
}
