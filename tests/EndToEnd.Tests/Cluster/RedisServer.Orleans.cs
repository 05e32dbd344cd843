using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Gristmill.EndToEnd.Tests.Cluster;

/// <summary>A Redis of one test's own, from the machine's packages, that keeps nothing on disk. It ends with the test process, however that ends.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private const string Program = "/usr/bin/redis-server";

    private readonly Process _process;

    private RedisServer(Process process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    /// <summary>Skips the test, with the reason, where there is no Redis.</summary>
    public static async Task<RedisServer> StartAsync()
    {
        Assert.SkipUnless(File.Exists(Program), "Redis is not installed (Debian: apt-get install redis-server).");
        int port = SiloProcess.FreePort();
        // The shell keeps standard input open for itself: when this process is gone, the read ends and the server with it.
        string[] command = ["-c", "\"$@\" & read _; kill -TERM $!; wait $!", "sh",
            Program, "--port", $"{port}", "--protected-mode", "no", "--save", "", "--appendonly", "no"];
        Process process = Process.Start(new ProcessStartInfo("/bin/sh", command) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        string? line;
        do
        {
            line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        }
        while (line?.Contains("Ready to accept connections", StringComparison.Ordinal) == false);

        Assert.True(line is not null, "Redis did not start.");
        _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
        return new RedisServer(process, port);
    }

    /// <summary>What one hash holds, field and value in turn.</summary>
    public async Task<string[]> ReadHashAsync(string key)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(client.GetStream());
        await using var writer = new StreamWriter(client.GetStream()) { AutoFlush = true };
        await writer.WriteAsync($"HGETALL {key}\r\n");
        // An array: its length, and for each of them a length and a line.
        int count = int.Parse((await reader.ReadLineAsync(TestContext.Current.CancellationToken))![1..], System.Globalization.CultureInfo.InvariantCulture);
        string[] values = new string[count];
        for (int i = 0; i < count; i++)
        {
            await reader.ReadLineAsync(TestContext.Current.CancellationToken);
            values[i] = (await reader.ReadLineAsync(TestContext.Current.CancellationToken))!;
        }

        return values;
    }

    public async ValueTask DisposeAsync()
    {
        await _process.StandardInput.DisposeAsync();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
