using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Gristmill.Processes;

/// <summary>
/// A silo in a process of its own, on a free port of this machine, or another program that is started like one. The assembly that this is compiled into
/// names the silo's (metadata SiloPath).
/// </summary>
internal sealed partial class SiloProcess : IAsyncDisposable
{
    private const int Sigusr1 = 10;
    private const int Sigterm = 15;
    private const int Sigcont = 18;
    private const int Sigstop = 19;
    private const int LastLines = 50;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly ConcurrentQueue<string> _output = new();
    private readonly TaskCompletionSource<Uri> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SiloProcess(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => ReadOutput(line.Data);
        _process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not null)
                _errors.Enqueue(line.Data);
        };
    }

    /// <summary>Sends requests to the silo; has no time-out of its own below 100 s.</summary>
    public HttpClient Http { get; } = new();

    public Uri Address => Http.BaseAddress!;

    public int ProcessId { get; private set; }

    /// <summary>When the process was started, by <see cref="Stopwatch.GetTimestamp"/>.</summary>
    public long StartedAt { get; private set; }

    /// <summary>How long it took until it was ready.</summary>
    public TimeSpan Ready { get; private set; }

    public IEnumerable<string> ErrorLines => _errors;

    /// <summary>The last lines of its log, for whoever asks why something went wrong.</summary>
    public IEnumerable<string> LastLogLines => _output.TakeLast(LastLines);

    /// <summary>All of its log.</summary>
    public IEnumerable<string> LogLines => _output;

    /// <summary>Completes when the process is gone, for whatever reason.</summary>
    public Task Exited { get; private set; } = Task.CompletedTask;

    public int ExitCode => _process.ExitCode;

    /// <summary>What the process has used of the processors until now.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>The memory that the process has, in bytes.</summary>
    public long WorkingSet
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Starts a silo and returns once it says that it is ready.</summary>
    public static Task<SiloProcess> StartAsync(string dataDirectory, params string[] arguments) =>
        StartAsync(dataDirectory, static _ => { }, arguments);

    /// <summary>The same, after <paramref name="prepare"/> has changed the environment.</summary>
    /// <exception cref="SiloEndedException">It ended before it was ready.</exception>
    /// <exception cref="TimeoutException">It was not ready within two minutes.</exception>
    public static async Task<SiloProcess> StartAsync(string dataDirectory, Action<ProcessStartInfo> prepare, params string[] arguments)
    {
        SiloProcess silo = Launch(prepare, [$"--Storage:DataDirectory={dataDirectory}", "--urls=http://127.0.0.1:0", .. arguments]);
        try
        {
            Task first = await Task.WhenAny(silo._listening.Task, silo.Exited).WaitAsync(s_patience);
            if (first == silo.Exited)
                throw silo.EndedTooSoon();
            silo.Http.BaseAddress = await silo._listening.Task;
            await silo.UntilReadyAsync();
            silo.Ready = Stopwatch.GetElapsedTime(silo.StartedAt);
            return silo;
        }
        catch
        {
            await silo.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a silo that is expected to refuse, and returns how it ended.</summary>
    public static async Task<(int ExitCode, string[] ErrorLines)> RunToEndAsync(params string[] arguments)
    {
        await using SiloProcess silo = Launch(static _ => { }, arguments);
        return (await silo.ExitCodeAsync(), [.. silo._errors]);
    }

    public void Terminate() => Signal(Sigterm);

    /// <summary>Asks HAProxy to end when it has answered what it was asked.</summary>
    public void Finish() => Signal(Sigusr1);

    /// <summary>The process stands still, and keeps what it has open.</summary>
    public void Suspend() => Signal(Sigstop);

    /// <summary>A process that stood still goes on as if nothing had been.</summary>
    public void Continue() => Signal(Sigcont);

    /// <summary>The end that no program can see coming.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await ExitCodeAsync();
    }

    public async Task<int> ExitCodeAsync()
    {
        await Exited.WaitAsync(s_patience);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
    }

    private static SiloProcess Launch(Action<ProcessStartInfo> prepare, string[] arguments)
    {
        string path = typeof(SiloProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "SiloPath").Value!;
        // Only a silo on Microsoft Orleans listens there.
        string[] ports = [$"--Cluster:SiloPort={FreePort()}", $"--Cluster:GatewayPort={FreePort()}"];
        var start = new ProcessStartInfo("dotnet", [path, .. ports, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetDirectoryName(path)!,
        };
        prepare(start);
        return Launch(start);
    }

    /// <summary>Starts a program whose output is redirected, and waits for nothing.</summary>
    public static SiloProcess Launch(ProcessStartInfo start)
    {
        var silo = new SiloProcess(start) { StartedAt = Stopwatch.GetTimestamp() };
        silo._process.Start();
        silo.ProcessId = silo._process.Id;
        silo._process.BeginOutputReadLine();
        silo._process.BeginErrorReadLine();
        silo.Exited = silo._process.WaitForExitAsync();
        return silo;
    }

    /// <summary>A port of this machine that nobody listens at.</summary>
    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    // It listens before its grains have read the store.
    private async Task UntilReadyAsync()
    {
        while (true)
        {
            try
            {
                using HttpResponseMessage probe = await Http.GetAsync(new Uri("/health/ready", UriKind.Relative));
                if (probe.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
                // It listened before: if it does not any more, it has ended, or is about to.
                await Exited.WaitAsync(s_patience);
                throw EndedTooSoon();
            }

            if (Stopwatch.GetElapsedTime(StartedAt) > s_patience)
                throw new TimeoutException($"The silo was not ready within {s_patience}.");
        }
    }

    private SiloEndedException EndedTooSoon() =>
        new($"The silo ended with {_process.ExitCode} before it was ready: {string.Join('\n', _errors)}");

    private void ReadOutput(string? line)
    {
        const string Listening = "Gristmill listens on ";
        if (line is not null)
            _output.Enqueue(line);
        if (line is not null && line.StartsWith(Listening, StringComparison.Ordinal))
            _listening.TrySetResult(new Uri(line[Listening.Length..]));
    }

    private void Signal(int signal)
    {
        if (Kill(_process.Id, signal) != 0)
            throw new InvalidOperationException($"The silo (process {_process.Id}) could not be sent signal {signal}.");
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int processId, int signal);
}

/// <summary>A silo ended before it was ready.</summary>
internal sealed class SiloEndedException(string message) : Exception(message);
