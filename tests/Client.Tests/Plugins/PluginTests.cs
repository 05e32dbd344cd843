using System.Buffers;
using Gristmill.Client.Plugins;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gristmill.Client.Tests.Plugins;

public sealed class PluginTests : IDisposable
{
    private const string Hello = """public void MapEndpoints(IEndpointRouteBuilder routes) => routes.MapGet("/hello", () => "hello");""";

    private readonly PluginFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Assembly_WithKinds_NeedsNothingElse()
    {
        _folder.Add("Acme.Kinds", PluginFolder.KindCode("acme.one"), version: "2.3.4");
        await using WebApplication app = Start();

        Plugin plugin = Assert.Single(Catalog(app).Plugins);
        Assert.Null(plugin.Problem);
        Assert.Equal(("Acme.Kinds", "2.3.4.0"), (plugin.Name, plugin.Version));
        Assert.Equal(["host.kind", "acme.one"], app.Services.GetServices<TaskKind>().Select(static kind => kind.Name));
    }

    [Fact]
    public async Task Endpoints_OfAPlugin_AreServedWithItsServices()
    {
        _folder.Add("Acme.Web", PluginFolder.PluginCode("""
            public sealed record Home(string Address);
            public sealed class Settings { public string Home { get; set; } }
            public void AddServices(IServiceCollection services, IConfiguration configuration) => services.AddLogging().AddSingleton(new Home(configuration["Acme:Home"]))
                .AddOptions<Settings>().BindConfiguration("Acme").Validate(settings => settings.Home != null).ValidateOnStart();
            public void MapEndpoints(IEndpointRouteBuilder routes) => routes.MapGet("/acme/{name}", (string name, Home home) => $"{name} at {home.Address}");
            """));
        await using WebApplication app = Start("--Acme:Home=http://acme.example/");
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };

        Assert.Equal("Ada at http://acme.example/", await http.GetStringAsync("/acme/Ada", TestContext.Current.CancellationToken));
        Assert.Equal(["GET /acme/{name}"], Catalog(app).Plugins.Single().Routes);
        Assert.Contains("\"Acme.Web\"", await http.GetStringAsync("/plugins", TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dependencies_OfTwoPlugins_MayBeOfTwoVersions()
    {
        foreach (string version in new[] { "1.0.0", "2.0.0" })
        {
            string plugin = $"Acme.V{version[0]}";
            string dependency = _folder.Add("Shared.Parts", $$"""public static class Part { public static string Name => "{{version}}"; }""", version, plugin);
            _folder.Add(plugin, PluginFolder.PluginCode(
                $$"""public void MapEndpoints(IEndpointRouteBuilder routes) => routes.MapGet("/part/" + Part.Name, () => Part.Name);"""), "1.0.0", plugin, dependency);
        }

        await using WebApplication app = Start();

        Assert.All(Catalog(app).Plugins, static plugin => Assert.Null(plugin.Problem));
        Assert.Equal(["GET /part/1.0.0", "GET /part/2.0.0"], Catalog(app).Plugins.SelectMany(static plugin => plugin.Routes));
    }

    [Theory]
    [InlineData("""public Plugin() => throw new InvalidOperationException("no licence");""", "its constructor failed: InvalidOperationException: no licence")]
    [InlineData("""static Plugin() => throw new InvalidOperationException("no licence");""", "no licence")]
    [InlineData("""public void AddServices(IServiceCollection services, IConfiguration configuration) => throw new FormatException("Acme:Key is missing");""", "FormatException: Acme:Key is missing")]
    [InlineData("""public void AddServices(IServiceCollection services, IConfiguration configuration) => services.AddSingleton<IHostedService>(_ => null);""", "hosted service")]
    [InlineData("""public void MapEndpoints(IEndpointRouteBuilder routes) => throw new FormatException("no routes today");""", "none of its routes is served: FormatException: no routes today")]
    [InlineData("""public void MapEndpoints(IEndpointRouteBuilder routes) => routes.MapGet("/{", () => "");""", "none of its routes is served: RoutePatternException")]
    [InlineData("""public void MapEndpoints(IEndpointRouteBuilder routes) => routes.MapGet("/taken/{id}", () => "");""", "GET /taken/{id} is served by the gateway already")]
    [InlineData("""public void MapEndpoints(IEndpointRouteBuilder routes) { routes.MapGet("/a", () => "").WithName("a"); routes.MapGet("/b", () => "").WithName("a"); }""", "the endpoint name 'a' is used by Acme.Broken already")]
    [InlineData("""public void MapEndpoints(IEndpointRouteBuilder routes) => routes.MapGet("/a", () => "").WithName("taken");""", "the endpoint name 'taken' is used by the gateway already")]
    [InlineData("""public void MapEndpoints(IEndpointRouteBuilder routes) => routes.MapGet("/a/{id:identifier}", (string id) => id);""", "none of its routes is served: InvalidOperationException: The constraint reference 'identifier'")]
    [InlineData("""
        public sealed class Settings { public string Key { get; set; } }
        public void AddServices(IServiceCollection services, IConfiguration configuration) =>
            services.AddOptions<Settings>().Validate(settings => settings.Key != null, "Acme:Key is missing").ValidateOnStart();
        """, "OptionsValidationException: Acme:Key is missing")]
    [InlineData("""
        public void AddServices(IServiceCollection services, IConfiguration configuration) =>
            services.AddSingleton<Microsoft.AspNetCore.Hosting.IStartupFilter>(_ => throw new InvalidOperationException());
        """, "it registers an IStartupFilter")]
    [InlineData("""
        public void AddServices(IServiceCollection services, IConfiguration configuration) =>
            services.AddSingleton<Microsoft.Extensions.Logging.ILoggerFactory>(_ => throw new InvalidOperationException());
        """, "it registers ILoggerFactory, which is a service of the host")]
    public async Task Plugin_ThatFails_IsReportedAndSkipped(string members, string problem) =>
        await ExpectProblemAsync(() => _folder.Add("Acme.Broken", PluginFolder.PluginCode(members)), problem);

    [Fact]
    public async Task File_ThatIsNoAssembly_IsReportedAndSkipped() =>
        await ExpectProblemAsync(() => File.WriteAllText(_folder.File("Acme.Broken.dll"), "MZ, and nothing more"), "it is no .NET assembly");

    [Fact]
    public async Task Assembly_ThatBringsNothing_IsReportedAndSkipped() =>
        await ExpectProblemAsync(() => _folder.Add("Acme.Broken", "public static class Nothing;"), "it brings neither task kinds nor an IGristmillPlugin");

    [Fact]
    public async Task Folder_WithoutItsAssembly_IsReportedAndSkipped() =>
        await ExpectProblemAsync(() => Directory.CreateDirectory(_folder.File("Acme.Broken")), "there is no Acme.Broken.dll in its folder");

    [Fact]
    public async Task Kind_ThatTheHostHas_IsReportedAndSkipped() =>
        await ExpectProblemAsync(() => _folder.Add("Acme.Broken", PluginFolder.KindCode("host.kind")), "its task kind 'host.kind' is there already, from Gristmill.Client.Tests");

    [Theory]
    [InlineData("""InputSchema => "{}";""", """InputSchema => throw new FormatException("no schema");""", "FormatException: no schema")]
    [InlineData("""InputSchema => "{}";""", """InputSchema => "{ not";""", "the InputSchema of 'acme.one' is no JSON")]
    [InlineData("""OutputSchema => "{}";""", """OutputSchema => null;""", "the OutputSchema of 'acme.one' is no JSON")]
    [InlineData("\"acme.one\"", "\"Acme One\"", "'Acme One' is no name of a task kind")]
    [InlineData("\"\";", "\"\"; public override TimeSpan Timeout => TimeSpan.Zero;", "the Timeout of 'acme.one' is 00:00:00")]
    [InlineData("\"\";", "\"\"; public override int MaxAttempts => 0;", "the MaxAttempts of 'acme.one' is 0")]
    [InlineData("new Kind()", "new Kind(), new Kind()", "it brings two task kinds called 'acme.one'")]
    public async Task Kind_WrittenByHandAndUnsound_IsReportedAndSkipped(string sound, string unsound, string problem) =>
        await ExpectProblemAsync(() => _folder.Add("Acme.Broken", PluginFolder.KindCode("acme.one").Replace(sound, unsound, StringComparison.Ordinal)), problem);

    [Fact]
    public async Task Kind_ThatAddServicesRegistersToo_IsThereOnce()
    {
        _folder.Add("Acme.Kinds", PluginFolder.KindCode("acme.one") + PluginFolder.PluginCode(
            "public void AddServices(IServiceCollection services, IConfiguration configuration) => services.AddSingleton<TaskKind>(new Kind());"));
        await using WebApplication app = Start();

        Assert.Null(Assert.Single(Catalog(app).Plugins).Problem);
        Assert.Equal(["host.kind", "acme.one"], app.Services.GetServices<TaskKind>().Select(static kind => kind.Name));
    }

    [Fact]
    public async Task Dependency_ThatIsMissing_IsReportedAndSkipped() =>
        await ExpectProblemAsync(
            () =>
            {
                string dependency = _folder.Add("Lost.Parts", """public static class Part { public static string Name => "lost"; }""", "1.2.0", "elsewhere");
                _folder.Add("Acme.Broken", PluginFolder.PluginCode(
                    """public void MapEndpoints(IEndpointRouteBuilder routes) => routes.MapGet("/lost", () => Part.Name);"""), references: dependency);
                Directory.Delete(_folder.File("elsewhere"), recursive: true);
            },
            "it needs Lost.Parts 1.2.0.0, which is not there");

    [Fact]
    public async Task Plugin_ForANewerGristmill_IsReportedAndSkipped() =>
        await ExpectProblemAsync(
            () =>
            {
                string newer = _folder.Add("Gristmill.Abstractions", "namespace Gristmill { public class FromTheFuture; }", "0.9.0", "elsewhere");
                _folder.Add("Acme.Broken", "public class Uses : FromTheFuture;", references: newer);
                Directory.Delete(_folder.File("elsewhere"), recursive: true);
            },
            "it was built for Gristmill.Abstractions 0.9.0, and this is 0.1.0");

    [Fact]
    public async Task TwoPlugins_WithOneKindOrOneRoute_LoseTheLater()
    {
        _folder.Add("A.First", PluginFolder.KindCode("acme.one") + PluginFolder.PluginCode(Hello));
        _folder.Add("B.Kind", PluginFolder.KindCode("acme.one"));
        _folder.Add("C.Route", PluginFolder.KindCode("acme.two") + PluginFolder.PluginCode(Hello.Replace("/hello", "/Hello", StringComparison.Ordinal)));
        await using WebApplication app = Start();

        string?[] problems = [.. Catalog(app).Plugins.Select(static plugin => plugin.Problem)];
        Assert.Null(problems[0]);
        Assert.Contains("its task kind 'acme.one' is there already, from A.First", problems[1], StringComparison.Ordinal);
        Assert.Equal("its task kinds run, and none of its routes is served: GET /Hello is served by A.First already", problems[2]);
        Assert.Equal(["host.kind", "acme.one", "acme.two"], app.Services.GetServices<TaskKind>().Select(static kind => kind.Name));
    }

    [Fact]
    public void Folder_ThatIsNotThere_MattersOnlyWhenASettingNamesIt()
    {
        string missing = _folder.File("missing");
        WebApplicationBuilder named = WebApplication.CreateSlimBuilder([$"--Plugins:Directory={missing}"]);

        Assert.Contains($"Plugins:Directory is '{missing}'", Assert.Throws<StartupException>(named.AddPlugins).Message, StringComparison.Ordinal);
        WebApplication.CreateSlimBuilder(["--Plugins:Directory="]).AddPlugins();
    }

    // Beside a sound plugin, which must not notice.
    private async Task ExpectProblemAsync(Action addBroken, string problem)
    {
        _folder.Add("Sound", PluginFolder.PluginCode(Hello));
        addBroken();
        await using WebApplication app = Start();

        Plugin[] plugins = [.. Catalog(app).Plugins];
        Assert.Equal(["Acme.Broken", "Sound"], plugins.Select(static plugin => plugin.Name));
        Assert.Contains(problem, plugins[0].Problem, StringComparison.Ordinal);
        Assert.Null(plugins[1].Problem);
        Assert.DoesNotContain(
            ((IEndpointRouteBuilder)app).DataSources.SelectMany(static source => source.Endpoints),
            static endpoint => endpoint.DisplayName!.Contains("lost", StringComparison.Ordinal));

        await app.StartAsync(TestContext.Current.CancellationToken);
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        Assert.Equal("7", await http.GetStringAsync("/taken/7", TestContext.Current.CancellationToken));
        Assert.Equal("hello", await http.GetStringAsync("/hello", TestContext.Current.CancellationToken));
    }

    private WebApplication Start(params string[] arguments)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder([$"--Plugins:Directory={_folder.Path}", "--urls=http://127.0.0.1:0", .. arguments]);
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<TaskKind>(new HostKind());
        builder.AddPlugins();
        WebApplication app = builder.Build();
        app.MapGet("/taken/{number}", (string number) => number).WithName("taken");
        app.MapPlugins();
        return app;
    }

    private static PluginCatalog Catalog(WebApplication app) => app.Services.GetRequiredService<PluginCatalog>();

    private sealed class HostKind : TaskKind
    {
        public override string Name => "host.kind";

        public override string Description => "";

        public override string InputSchema => "{}";

        public override string OutputSchema => "{}";

        public override ValueTask InvokeAsync(TaskPayload input, IBufferWriter<byte> output, TaskContext context) => default;
    }
}
