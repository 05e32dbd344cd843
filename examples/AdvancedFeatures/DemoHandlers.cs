namespace Gristmill.Examples.AdvancedFeatures;

/// <summary>Tasks that show one feature each. The generator writes <c>DemoTask</c> beside this class.</summary>
[TaskDefinition("demo")]
public static partial class DemoHandlers
{
    /// <summary>Holds its worker until the gate opens.</summary>
    [TaskOperation(Timeout = "1m")]
    public static void Hold([TaskService] Gate gate, CancellationToken cancellationToken) => gate.PassThrough(cancellationToken);

    /// <summary>Notes that it ran.</summary>
    [TaskOperation]
    public static void Note(string topic, string name, [TaskService] Gate gate) => gate.Note(topic, name);

    /// <summary>Goes a number of steps, and says how far it is.</summary>
    [TaskOperation(Timeout = "1m")]
    public static async Task<int> Walk(int steps, IProgress<double> progress, CancellationToken cancellationToken)
    {
        for (int step = 1; step <= steps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress.Report((double)step / steps);
            await Task.Yield();
        }

        return steps;
    }

    /// <summary>Fails as something does that is only busy, until its third attempt.</summary>
    [TaskOperation(MaxAttempts = 3)]
    public static string Busy(TaskContext context) =>
        context.Attempt < 3 ? throw new UnavailableException("Busy; try again.") : $"worked at attempt {context.Attempt}";

    /// <summary>Reads from a disk that hiccups every other time.</summary>
    [TaskOperation]
    public static string Read([TaskService] ShakyDisk disk) => disk.Read();

    /// <summary>Splits a text into words.</summary>
    [TaskOperation]
    public static string[] Words(string text) => text.Split(' ');

    /// <summary>Joins words.</summary>
    [TaskOperation]
    public static string Join(string[] words) => string.Join(' ', words);
}

/// <summary>Keeps a worker busy while others queue, and notes the order in which they run.</summary>
public sealed class Gate : IDisposable
{
    private readonly ManualResetEventSlim _open = new();
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<(string Topic, string Name)> _order = [];

    public Task Reached => _reached.Task;

    public string OrderOf(string topic) => string.Join(", ", _order.Where(note => note.Topic == topic).Select(static note => note.Name));

    public void Open() => _open.Set();

    public void PassThrough(CancellationToken cancellationToken)
    {
        _reached.SetResult();
        _open.Wait(cancellationToken);
    }

    // One worker, so nobody else is here.
    public void Note(string topic, string name) => _order.Add((topic, name));

    public void Dispose() => _open.Dispose();
}

/// <summary>Fails every other time, as hardware does on a bad day.</summary>
public sealed class ShakyDisk
{
    private int _reads;

    public string Read() => Interlocked.Increment(ref _reads) % 2 == 1 ? throw new IOException("a hiccup") : $"read at call {_reads}";
}
