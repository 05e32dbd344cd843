using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Gristmill.EndToEnd.Tests;

/// <summary>A silo in a process of its own, on a free port of this machine.</summary>
internal sealed partial class SiloProcess : IAsyncDisposable
{
    private const int Sigterm = 15;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly TaskCompletionSource<Uri> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SiloProcess(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, line) => ReadOutput(line.Data);
        _process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not null)
                _errors.Enqueue(line.Data);
        };
    }

    /// <summary>Sends requests to the silo; has no time-out of its own below 100 s.</summary>
    public HttpClient Http { get; } = new();

    public int ProcessId => _process.Id;

    public IEnumerable<string> ErrorLines => _errors;

    /// <summary>Starts a silo and returns once it says that it is ready.</summary>
    public static async Task<SiloProcess> StartAsync(string dataDirectory, params string[] arguments)
    {
        SiloProcess silo = Launch([$"--Storage:DataDirectory={dataDirectory}", "--urls=http://127.0.0.1:0", .. arguments]);
        Task exited = silo._process.WaitForExitAsync();
        Task first = await Task.WhenAny(silo._listening.Task, exited).WaitAsync(s_patience);
        if (first == exited)
            Assert.Fail($"The silo ended with {silo._process.ExitCode} before it was ready: {string.Join('\n', silo._errors)}");
        silo.Http.BaseAddress = await silo._listening.Task;
        await silo.UntilReadyAsync();
        return silo;
    }

    /// <summary>Starts a silo that is expected to refuse, and returns how it ended.</summary>
    public static async Task<(int ExitCode, string[] ErrorLines)> RunToEndAsync(params string[] arguments)
    {
        await using SiloProcess silo = Launch(arguments);
        await silo._process.WaitForExitAsync().WaitAsync(s_patience);
        return (silo._process.ExitCode, [.. silo._errors]);
    }

    public void Terminate() => Assert.Equal(0, Kill(_process.Id, Sigterm));

    /// <summary>The end that no program can see coming.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(s_patience);
    }

    public async Task<int> ExitCodeAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(s_patience);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
    }

    private static SiloProcess Launch(string[] arguments)
    {
        string path = typeof(SiloProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "SiloPath").Value!;
        string[] ports = [$"--Cluster:SiloPort={FreePort()}", $"--Cluster:GatewayPort={FreePort()}"];
        var start = new ProcessStartInfo("dotnet", [path, .. ports, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetDirectoryName(path)!,
        };
        var silo = new SiloProcess(new Process { StartInfo = start });
        silo._process.Start();
        silo._process.BeginOutputReadLine();
        silo._process.BeginErrorReadLine();
        return silo;
    }

    // Only a silo on Microsoft Orleans listens there.
    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    // It listens before its grains have read the store.
    private async Task UntilReadyAsync()
    {
        using var deadline = new CancellationTokenSource(s_patience);
        while (true)
        {
            using HttpResponseMessage probe = await Http.GetAsync("/health/ready", deadline.Token);
            if (probe.IsSuccessStatusCode)
                return;
        }
    }

    private void ReadOutput(string? line)
    {
        const string Listening = "Gristmill listens on ";
        if (line is not null && line.StartsWith(Listening, StringComparison.Ordinal))
            _listening.TrySetResult(new Uri(line[Listening.Length..]));
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int processId, int signal);
}
