using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gristmill.Crash;

/// <summary>Connections of clients that have nothing to say.</summary>
internal sealed class IdleClients : IDisposable
{
    private const int AtOnce = 64;

    private readonly List<Socket> _sockets = [];

    public int Count => _sockets.Count;

    /// <summary>Opens connections, and has every second one ask once and be answered.</summary>
    public static async Task<IdleClients> OpenAsync(Uri address, int count)
    {
        var clients = new IdleClients();
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (i, cancellationToken) =>
        {
            Socket socket = await ConnectAsync(address, cancellationToken);
            lock (clients._sockets)
                clients._sockets.Add(socket);
            if (i % 2 == 0)
                await AskAsync(socket, address, cancellationToken);
        });
        return clients;
    }

    /// <summary>Asks on some of them: they were kept.</summary>
    public async Task AskAsync(Uri address, int some)
    {
        foreach (Socket socket in _sockets.Take(some))
            await AskAsync(socket, address, CancellationToken.None);
    }

    /// <summary>
    /// Begins a request and says the rest of it byte by byte, so that it never ends, until the server has had enough.
    /// </summary>
    /// <returns>The server's last word: a status line, or nothing.</returns>
    public static async Task<string> DribbleAsync(Uri address, string beginning, TimeSpan patience)
    {
        using Socket socket = await ConnectAsync(address, CancellationToken.None);
        using var over = new CancellationTokenSource(patience);
        await socket.SendAsync(Encoding.ASCII.GetBytes(beginning), over.Token);
        Task<string> answer = ReadAsync(socket, over.Token);
        try
        {
            while (!answer.IsCompleted)
            {
                await Task.WhenAny(answer, Task.Delay(200, over.Token));
                await socket.SendAsync("x"u8.ToArray(), over.Token);
            }
        }
        catch (SocketException)
        {
            // Cut off.
        }

        return await answer;
    }

    public void Dispose()
    {
        foreach (Socket socket in _sockets)
            socket.Dispose();
    }

    private static async Task<Socket> ConnectAsync(Uri address, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(IPAddress.Parse(address.Host), address.Port, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task AskAsync(Socket socket, Uri address, CancellationToken cancellationToken)
    {
        await socket.SendAsync(Encoding.ASCII.GetBytes($"GET /health/live HTTP/1.1\r\nHost: {address.Authority}\r\n\r\n"), cancellationToken);
        byte[] buffer = new byte[4_096];
        int count = await socket.ReceiveAsync(buffer, cancellationToken);
        string answer = Encoding.ASCII.GetString(buffer, 0, count);
        if (!answer.StartsWith("HTTP/1.1 200", StringComparison.Ordinal))
            throw new InvalidOperationException($"An idle connection that asked was answered '{answer}'.");
    }

    /// <summary>What the server says until it closes, up to its first line's end.</summary>
    private static async Task<string> ReadAsync(Socket socket, CancellationToken cancellationToken)
    {
        var said = new StringBuilder();
        byte[] buffer = new byte[4_096];
        try
        {
            while (await socket.ReceiveAsync(buffer, cancellationToken) is > 0 and var count)
                said.Append(Encoding.ASCII.GetString(buffer, 0, count));
        }
        catch (SocketException)
        {
            // Reset: closed as well.
        }

        return said.ToString().Split("\r\n")[0];
    }
}
