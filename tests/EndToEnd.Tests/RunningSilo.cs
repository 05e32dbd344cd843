namespace Gristmill.EndToEnd.Tests;

/// <summary>One silo for all tests of a class that leave no mark on each other.</summary>
public sealed class RunningSilo : IAsyncLifetime
{
    private readonly DataFolder _data = new();
    private SiloProcess? _silo;

    public HttpClient Http => _silo!.Http;

    public async ValueTask InitializeAsync() => _silo = await SiloProcess.StartAsync(_data.Path);

    public async ValueTask DisposeAsync()
    {
        if (_silo is not null)
            await _silo.DisposeAsync();
        _data.Dispose();
    }
}
