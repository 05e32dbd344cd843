using System.Net;
using System.Net.Sockets;

namespace Gristmill.EndToEnd.Tests;

/// <summary>A start that cannot succeed ends with one clear line and an exit code, and leaves everything as it was.</summary>
public sealed class StartupTests
{
    private const string AnyPort = "--urls=http://127.0.0.1:0";

    [Fact]
    public async Task PortTaken_OneLineNamesIt()
    {
        using var data = new DataFolder();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;

        string line = await RefusalAsync($"--Storage:DataDirectory={data.Path}", $"--urls=http://127.0.0.1:{port}");

        Assert.Contains($"127.0.0.1:{port}", line, StringComparison.Ordinal);
        Assert.Contains("in use", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Cluster:PrimarySiloPort=11999")]
    [InlineData("--Cluster:Redis=localhost:1")]
    public async Task ACluster_OfAStoreOrAnEngineThatIsOneProcess_IsRefused(string setting)
    {
        using var data = new DataFolder();
        string line = await RefusalAsync($"--Storage:DataDirectory={data.Path}", AnyPort, setting);

        Assert.Contains("Cluster", line, StringComparison.Ordinal);
        Assert.Contains("process", line, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(data.Path));
    }

    [Fact]
    public async Task DataDirectory_ThatIsAFile_OneLineNamesIt()
    {
        using var data = new DataFolder();
        string file = data.File("not-a-folder");
        await File.WriteAllTextAsync(file, "mine", TestContext.Current.CancellationToken);

        Assert.Contains(file, await RefusalAsync($"--Storage:DataDirectory={file}", AnyPort), StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Database_WithACorruptPage_IsRefusedAndLeftAsItIs()
    {
        using var data = new DataFolder();
        await using (SiloProcess silo = await SiloProcess.StartAsync(data.Path))
        {
            for (int i = 0; i < 100; i++)
                await silo.Http.PostJsonAsync("/users", """{"name":"A user whose record fills pages","email":"long.address@example.com"}""").ExpectAsync(HttpStatusCode.Created);
            silo.Terminate();
            Assert.Equal(0, await silo.ExitCodeAsync());
        }

        string database = Directory.EnumerateFiles(data.Path, "*.db").Single();
        byte[] bytes = await File.ReadAllBytesAsync(database, TestContext.Current.CancellationToken);
        // Behind the file's header, a page's own header: the b-tree no longer adds up.
        bytes.AsSpan(4096, 512).Fill(0xA5);
        await File.WriteAllBytesAsync(database, bytes, TestContext.Current.CancellationToken);

        Assert.Contains(database, await RefusalAsync($"--Storage:DataDirectory={data.Path}", AnyPort), StringComparison.Ordinal);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(database, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task DataDirectory_OfARunningSilo_IsRefusedWithItsProcessId()
    {
        using var data = new DataFolder();
        await using SiloProcess first = await SiloProcess.StartAsync(data.Path);

        string line = await RefusalAsync($"--Storage:DataDirectory={data.Path}", AnyPort);

        Assert.Contains($"process {first.ProcessId}", line, StringComparison.Ordinal);
        await first.Http.GetAsync("/health/ready", TestContext.Current.CancellationToken).ExpectAsync(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("--urls=http://0.0.0.0:0", "Auth:AllowAnonymous")]
    [InlineData("--urls=http://+:0", "Auth:AllowAnonymous")]
    [InlineData("--http_ports=0", "Auth:AllowAnonymous")]
    [InlineData("--Storage:Provider=Oracle", "Storage:Provider")]
    [InlineData("--Kernels:Native=Maybe", "Kernels:Native")]
    [InlineData("--Gateway:UserIdBlock=0", "Gateway:UserIdBlock")]
    [InlineData("--Gateway:UserIdBlock=many", "UserIdBlock")]
    [InlineData("--TaskEngine:Workers=0", "TaskEngine:Workers")]
    [InlineData("--TaskEngine:CircuitBreaker:FailureRatio=7", "TaskEngine:CircuitBreaker:FailureRatio")]
    [InlineData("--Storage:Provider=PostgreSql", "Storage:ConnectionString")]
    [InlineData("--TaskEngine:Wrokers=2", "TaskEngine:Workers")]
    [InlineData("--TaskEngine:CircuitBreaker:Ratio=0.5", "TaskEngine:CircuitBreaker:FailureRatio")]
    [InlineData("--Storage:DataDir=./data", "Storage:DataDirectory")]
    [InlineData("--Auth:AllowAnonymus=true", "Auth:AllowAnonymous")]
    [InlineData("--urls=nonsense", "nonsense")]
    [InlineData("--urls=http://127.0.0.1:99999", "99999")]
    [InlineData("--urls=http://127.0.0.1:80x", "80x")]
    [InlineData("--urls=https://127.0.0.1:0", "certificate")]
    [InlineData("--Logging:LogLevel:Default=Loud", "Loud")]
    public async Task Setting_ThatCannotBe_OneLineNamesIt(string argument, string mentioned)
    {
        using var data = new DataFolder();
        string[] address = argument.Contains("urls", StringComparison.Ordinal) || argument.Contains("ports", StringComparison.Ordinal) ? [] : [AnyPort];

        Assert.Contains(mentioned, await RefusalAsync([argument, $"--Storage:DataDirectory={data.Path}", .. address]), StringComparison.Ordinal);
    }

    private static async Task<string> RefusalAsync(params string[] arguments)
    {
        (int exitCode, string[] lines) = await SiloProcess.RunToEndAsync(arguments);
        Assert.True(exitCode == 1, $"exit code {exitCode}: {string.Join('\n', lines)}");
        return Assert.Single(lines);
    }
}
