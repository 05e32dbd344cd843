using System.Net;
using System.Reflection;
using System.Text.Json;

namespace Gristmill.EndToEnd.Tests;

/// <summary>The plugin of examples/CustomPlugin, dropped beside one that is broken.</summary>
public sealed class PluginTests
{
    [Fact]
    public async Task Plugin_DroppedIn_BringsKindsAndRoutes()
    {
        using var data = new DataFolder();
        string plugins = Directory.CreateDirectory(data.File("plugins")).FullName;
        string built = typeof(PluginTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "PluginPath").Value!;
        File.Copy(built, Path.Combine(plugins, "Acme.Shapes.dll"));
        await File.WriteAllTextAsync(Path.Combine(plugins, "Acme.Broken.dll"), "no assembly", TestContext.Current.CancellationToken);
        await using SiloProcess silo = await SiloProcess.StartAsync(data.Path, $"--Plugins:Directory={plugins}");

        JsonElement kind = await GetAsync("/task-kinds/shapes.area");
        Assert.Equal(("Acme.Shapes", "1.2.0"), (kind.GetProperty("assembly").GetString(), kind.GetProperty("version").GetString()));
        Assert.Equal("Gristmill.TaskEngine", (await GetAsync("/task-kinds/math.add")).GetProperty("assembly").GetString());

        JsonElement task = await silo.Http.PostJsonAsync(
            "/tasks?wait=30s", """{"kind":"shapes.area","durability":"none","input":{"points":[{"x":0,"y":0},{"x":2,"y":0},{"x":0,"y":2}]}}""").ExpectAsync(HttpStatusCode.OK);
        Assert.Equal(2, task.GetProperty("result").GetProperty("result").GetDouble());

        Assert.Equal("""{"area":12}""", (await GetAsync("/shapes/rectangle/3/4")).GetRawText());
        Assert.True((await GetAsync("/openapi/v1.json")).GetProperty("paths").TryGetProperty("/shapes/rectangle/{width}/{height}", out _));

        JsonElement[] listed = [.. (await GetAsync("/plugins")).EnumerateArray()];
        Assert.Equal(["Acme.Broken", "Acme.Shapes"], listed.Select(static plugin => plugin.GetProperty("name").GetString()));
        Assert.Contains("no .NET assembly", listed[0].GetProperty("problem").GetString(), StringComparison.Ordinal);
        Assert.False(listed[1].TryGetProperty("problem", out _));
        Assert.Equal("shapes.area", Assert.Single(listed[1].GetProperty("kinds").EnumerateArray()).GetString());
        Assert.Equal("ready", (await GetAsync("/health/ready")).GetProperty("status").GetString());

        Task<JsonElement> GetAsync(string path) => silo.Http.GetAsync(path, TestContext.Current.CancellationToken).ExpectAsync(HttpStatusCode.OK);
    }

    [Fact]
    public async Task PluginFolder_ThatIsNotThere_IsNamed()
    {
        using var data = new DataFolder();
        (int exitCode, string[] lines) = await SiloProcess.RunToEndAsync(
            $"--Plugins:Directory={data.File("missing")}", $"--Storage:DataDirectory={data.Path}", "--urls=http://127.0.0.1:0");

        Assert.Equal(1, exitCode);
        Assert.Contains($"Plugins:Directory is '{data.File("missing")}'", Assert.Single(lines), StringComparison.Ordinal);
    }
}
