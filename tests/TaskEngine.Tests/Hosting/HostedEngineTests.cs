using Gristmill.Engine.Tests.Tasks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Gristmill.Engine.Tests.Hosting;

public sealed class HostedEngineTests
{
    [Fact]
    public async Task HostStops_WhileATaskRuns_WaitsForItAndRefusesMore()
    {
        using IHost host = NewHost(shutdown: 30.Seconds());
        await host.StartAsync();
        var engine = host.Services.GetRequiredService<TaskEngine>();
        var release = new TaskCompletionSource();
        Task<long> running = engine.RunAsync(new LambdaRequest(async _ =>
        {
            await release.Task;
            return 5;
        })).AsTask();

        Task stopping = host.StopAsync();
        await Within.Time(RefusedAsync(engine), "the engine to refuse tasks");
        Assert.False(stopping.IsCompleted);
        release.SetResult();

        Assert.Equal(5, await Within.Time(running, "the running task"));
        await Within.Time(stopping, "the host's stop");
        Assert.Equal("stopped", engine.Snapshot().State);
    }

    [Fact]
    public async Task HostStops_TaskOutlivesTheShutdownTime_IsCancelled()
    {
        using IHost host = NewHost(shutdown: 50.Milliseconds());
        await host.StartAsync();
        var engine = host.Services.GetRequiredService<TaskEngine>();
        Task<long> endless = engine.RunAsync(new LambdaRequest(async context =>
        {
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return 1;
        })).AsTask();

        await Within.Time(host.StopAsync(), "the host's stop");

        await Assert.ThrowsAsync<UnavailableException>(() => Within.Time(endless, "the cancelled task"));
        Assert.Equal("stopped", engine.Snapshot().State);
    }

    [Theory]
    [InlineData(0)]
    public async Task HostStarts_OptionsOutOfRange_FailsWithTheirName(int workers)
    {
        using IHost host = NewHost(30.Seconds(), options => options.Workers = workers);

        var thrown = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Contains("Workers", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddTaskEngine_Twice_IsOneEngineWithBothSettings()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddTaskEngine(options => options.Workers = 1).AddTaskEngine(options => options.QueueCapacity = 7);
        using IHost host = builder.Build();
        await host.StartAsync();

        EngineSnapshot snapshot = Assert.Single(host.Services.GetServices<TaskEngine>()).Snapshot();
        Assert.Equal(1, snapshot.Totals.Workers);
        Assert.Equal(7, snapshot.Tasks.QueueCapacity);
        await Within.Time(host.StopAsync(), "the host's stop");
    }

    private static IHost NewHost(TimeSpan shutdown, Action<TaskEngineOptions>? configure = null)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = shutdown);
        builder.Services.AddTaskEngine(configure);
        return builder.Build();
    }

    private static async Task RefusedAsync(TaskEngine engine)
    {
        try
        {
            while (true)
                await engine.RunAsync(new LambdaRequest(_ => new(1)));
        }
        catch (UnavailableException)
        {
        }
    }
}
