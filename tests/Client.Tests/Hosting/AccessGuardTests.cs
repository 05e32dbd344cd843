using Gristmill.Client.Hosting;
using Microsoft.Extensions.Configuration;

namespace Gristmill.Client.Tests.Hosting;

public sealed class AccessGuardTests
{
    [Theory]
    [InlineData("urls", "http://127.0.0.1:5080;http://localhost:5081;http://[::1]:5082")]
    [InlineData("urls", "http://127.8.8.8:1")]
    [InlineData("urls", "http://unix:/run/gristmill.sock")]
    [InlineData("Kestrel:Endpoints:Main:Url", "http://localhost:80")]
    public void Address_OfThisMachine_IsTaken(string setting, string value) => AccessGuard.Check(Configuration((setting, value)));

    [Theory]
    [InlineData("urls", "http://127.0.0.1:5080;http://0.0.0.0:5081")]
    [InlineData("urls", "http://*:5080")]
    [InlineData("urls", "http://[::]:5080")]
    [InlineData("urls", "http://example.org:5080")]
    [InlineData("http_ports", "8080")]
    [InlineData("https_ports", "8443")]
    [InlineData("Kestrel:Endpoints:Main:Url", "https://*:443")]
    public void Address_ThatOthersReach_IsRefusedUnlessAllowed(string setting, string value)
    {
        Assert.Throws<StartupException>(() => AccessGuard.Check(Configuration((setting, value))));
        AccessGuard.Check(Configuration((setting, value), ("Auth:AllowAnonymous", "true")));
    }

    [Theory]
    [InlineData("http://127.0.0.1:99999")]
    [InlineData("http://127.0.0.1:80x")]
    [InlineData("nonsense")]
    public void Address_ThatIsNone_IsRefusedAlsoWhenAnyoneMayCall(string url) =>
        Assert.Throws<StartupException>(() => AccessGuard.Check(Configuration(("urls", url), ("Auth:AllowAnonymous", "true"))));

    private static IConfigurationRoot Configuration(params (string Key, string Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(s => s.Key, s => (string?)s.Value)).Build();
}
