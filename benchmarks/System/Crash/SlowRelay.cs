using System.Net;
using System.Net.Sockets;

namespace Gristmill.Crash;

/// <summary>
/// Stands between a silo and its PostgreSQL server, and hands on what either says a little later, or not before it may. What a silo said before it gave up,
/// or was killed, arrives all the same. Safe from any thread.
/// </summary>
internal sealed class SlowRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _over = new();
    private readonly string _server;
    private readonly TimeSpan _latency;
    private readonly Task _accepting;

    // Guarded by _closed: the gate of connections that are accepted from now on, and all that are closed.
    private readonly List<Gate> _closed = [];
    private Gate _gate = new();

    /// <param name="server">The server's Unix socket.</param>
    /// <param name="latency">What each message takes longer, at most: by lot from nothing on.</param>
    public SlowRelay(string server, TimeSpan latency)
    {
        _server = server;
        _latency = latency;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>From now on nothing is handed on, on connections that are there already or on later ones too.</summary>
    public void Stall(bool laterOnesToo)
    {
        lock (_closed)
        {
            _gate.Close();
            _closed.Add(_gate);
            if (!laterOnesToo)
                _gate = new Gate();
        }
    }

    /// <summary>What was held goes on its way.</summary>
    public void Flow()
    {
        lock (_closed)
        {
            foreach (Gate gate in _closed)
                gate.Open();
            _closed.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Flow();
        await _over.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _over.Dispose();
    }

    private async Task AcceptAsync()
    {
        var relayed = new List<Task>();
        try
        {
            while (true)
            {
                Socket silo = await _listener.AcceptSocketAsync(_over.Token);
                lock (_closed)
                    relayed.Add(RelayAsync(silo, _gate));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(relayed);
        }
    }

    private async Task RelayAsync(Socket silo, Gate gate)
    {
        using (silo)
        using (var server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            silo.NoDelay = true;
            try
            {
                await server.ConnectAsync(new UnixDomainSocketEndPoint(_server), _over.Token);
            }
            catch (SocketException)
            {
                // The silo sees its connection end.
                return;
            }

            await Task.WhenAll(HandOnAsync(silo, server, gate), HandOnAsync(server, silo, gate));
        }
    }

    private async Task HandOnAsync(Socket from, Socket to, Gate gate)
    {
        byte[] buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, _over.Token) is > 0 and var count)
            {
                await Task.Delay(_latency * Random.Shared.NextDouble(), _over.Token);
                await gate.Passage.WaitAsync(_over.Token);
                for (int sent = 0; sent < count;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), _over.Token);
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One side is gone, which the other way through may have found out first.
            from.Close();
        }
    }

    private sealed class Gate
    {
        private volatile TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Gate() => Open();

        /// <summary>Completes while the gate is open.</summary>
        public Task Passage => _open.Task;

        public void Close() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Open() => _open.TrySetResult();
    }
}
