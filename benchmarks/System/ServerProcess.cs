using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Reflection;

namespace Gristmill.Benchmarks;

/// <summary>A server in a process of its own, killed when disposed.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process _process;

    private ServerProcess(string program, string[] arguments, int port)
    {
        Address = new Uri($"http://127.0.0.1:{port}");
        Http = new HttpClient { BaseAddress = Address };
        _process = Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = Path.GetDirectoryName(program)!,
        })!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
    }

    public Uri Address { get; }

    public HttpClient Http { get; }

    /// <summary>Starts a silo and returns once it is ready, with the time that took.</summary>
    public static async Task<(ServerProcess Silo, TimeSpan Ready)> StartSiloAsync(string dataDirectory)
    {
        string path = Assembly.GetExecutingAssembly().GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "SiloPath").Value!;
        int port = SiloProcess.FreePort();
        long start = Stopwatch.GetTimestamp();
        var silo = new ServerProcess(
            path,
            [$"--urls=http://127.0.0.1:{port}", $"--Storage:DataDirectory={dataDirectory}", $"--Cluster:SiloPort={SiloProcess.FreePort()}", $"--Cluster:GatewayPort={SiloProcess.FreePort()}"],
            port);
        await silo.UntilAnsweringAsync("/health/ready", HttpStatusCode.OK);
        return (silo, Stopwatch.GetElapsedTime(start));
    }

    public static async Task<ServerProcess> StartBaselineAsync()
    {
        int port = SiloProcess.FreePort();
        var server = new ServerProcess(Assembly.GetExecutingAssembly().Location, ["--baseline", port.ToString(CultureInfo.InvariantCulture)], port);
        await server.UntilAnsweringAsync("/users/1", HttpStatusCode.NotFound);
        return server;
    }

    public void Dispose()
    {
        Http.Dispose();
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private async Task UntilAnsweringAsync(string path, HttpStatusCode status)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                using HttpResponseMessage response = await Http.GetAsync(new Uri(path, UriKind.Relative));
                if (response.StatusCode == status)
                    return;
            }
            catch (HttpRequestException) when (!_process.HasExited)
            {
                // Not listening yet.
            }

            if (Stopwatch.GetElapsedTime(start) > TimeSpan.FromMinutes(3))
                throw new TimeoutException($"{Address}{path} did not answer {status} within 3 minutes.");
            await Task.Delay(20);
        }
    }
}
