using System.Net;
using Gristmill.Client.Operations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gristmill.Client.Tests.Operations;

/// <summary>
/// The gateway shares its thread pool with the grains. Runs on the embedded engine only, whose promise this is: with the other one the
/// pool grows at its own pace, a thread every half second or so.
/// </summary>
public sealed class ProbeTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    public static TheoryData<bool, int> Turns => new()
    {
        { false, 100 },
        { true, Environment.ProcessorCount },
    };

    [Theory]
    [MemberData(nameof(Turns))]
    public async Task Probe_AndOtherGrains_Answer_BesideTurnsThatKeepTheirThreads(bool endless, int turns)
    {
        using Holding holding = new();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(holding).AddHealthChecks();
        builder.UseOrleans(silo => silo.UseLocalhostClustering());
        await using WebApplication app = builder.Build();
        app.MapHealth();
        await app.StartAsync(TestContext.Current.CancellationToken);
        IGrainFactory grains = app.Services.GetRequiredService<IGrainFactory>();
        using HttpClient http = new() { BaseAddress = new Uri(app.Urls.Single()) };

        Task[] held = [.. Enumerable.Range(1, turns).Select(key => grains.GetGrain<IHoldingGrain>(key).Hold(endless))];
        await holding.Begun.Task.WaitAsync(s_patience, TestContext.Current.CancellationToken);
        try
        {
            using HttpResponseMessage probe = await http.GetAsync("/health/live", TestContext.Current.CancellationToken).WaitAsync(s_patience);
            Assert.Equal(HttpStatusCode.OK, probe.StatusCode);
            await grains.GetGrain<IHoldingGrain>(0).Touch().WaitAsync(s_patience);
            Assert.DoesNotContain(held, turn => turn.IsCompleted);
        }
        finally
        {
            holding.Release();
        }

        await Task.WhenAll(held);
        await app.StopAsync(TestContext.Current.CancellationToken);
    }
}

/// <summary>When turns may end.</summary>
public sealed class Holding : IDisposable
{
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _released = new();
    private int _count;

    /// <summary>As many turns have begun as there are processors.</summary>
    public TaskCompletionSource Begun => _begun;

    public void Release() => _released.Set();

    public void Dispose() => _released.Dispose();

    public void Hold(bool endless)
    {
        if (Interlocked.Increment(ref _count) == Environment.ProcessorCount)
            _begun.SetResult();
        if (!endless)
            _released.Wait();
        while (!_released.IsSet)
            Thread.SpinWait(100);
    }
}

public interface IHoldingGrain : IGrainWithIntegerKey
{
    Task Hold(bool endless);

    Task Touch();
}

public sealed class HoldingGrain(Holding holding) : Grain, IHoldingGrain
{
    public Task Hold(bool endless)
    {
        holding.Hold(endless);
        return Task.CompletedTask;
    }

    public Task Touch() => Task.CompletedTask;
}
