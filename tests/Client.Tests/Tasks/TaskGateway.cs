using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gristmill.Client.Tests.Tasks;

/// <summary>The gateway on a port of its own, over partitions that a test controls.</summary>
internal sealed class TaskGateway : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TaskGateway(WebApplication app, FakeTasks tasks)
    {
        _app = app;
        Tasks = tasks;
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public FakeTasks Tasks { get; }

    public HttpClient Http { get; }

    public static Task<TaskGateway> StartAsync(params (string Setting, string Value)[] settings) => StartAsync(TimeProvider.System, settings);

    public static async Task<TaskGateway> StartAsync(TimeProvider time, params (string Setting, string Value)[] settings)
    {
        var tasks = new FakeTasks(partitions: 4);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Setting, (string?)s.Value)));
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddRouting();
        builder.Services.AddSingleton(tasks.Factory);
        builder.Services.AddSingleton(time);
        builder.AddGristmillGateway();
        WebApplication app = builder.Build().MapGristmillGateway();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new TaskGateway(app, tasks);
    }

    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken);

    public Task<HttpResponseMessage> PostAsync(string path, string? json = null, string? key = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path);
        if (json is not null)
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        return Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public static async Task<JsonElement> BodyAsync(Task<HttpResponseMessage> request, HttpStatusCode status)
    {
        using HttpResponseMessage response = await request;
        string body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode == status, $"{(int)response.StatusCode} instead of {(int)status}: {body}");
        return JsonElement.Parse(body);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }
}
