using Gristmill.Client.Hosting;
using Microsoft.Extensions.Configuration;

namespace Gristmill.Client.Tests.Hosting;

public sealed class SecretFilesTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gristmill-secrets-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void File_IsASetting_WithoutItsLastLineBreak()
    {
        Write("Storage__ConnectionString", "Host=db;Password=a b=c\n");

        Assert.Equal("Host=db;Password=a b=c", Configure()["Storage:ConnectionString"]);
    }

    [Fact]
    public void CommandLine_OverridesAFile_AndAFileWhatLiesBesideTheProgram()
    {
        Write("Storage__ConnectionString", "of the file");
        Write("Logging__LogLevel__Default", "Trace");

        ConfigurationManager configuration = Configure("--Storage:ConnectionString=of the command line");

        Assert.Equal("of the command line", configuration["Storage:ConnectionString"]);
        Assert.Equal("Trace", configuration["Logging:LogLevel:Default"]);
    }

    [Fact]
    public void LinksAndFolders_AsKubernetesMakesThem_AreRead()
    {
        DirectoryInfo version = _folder.CreateSubdirectory("..2026_03_01");
        File.WriteAllText(Path.Combine(version.FullName, "Storage__ConnectionString"), "mounted");
        Directory.CreateSymbolicLink(Path.Combine(_folder.FullName, "..data"), version.Name);
        File.CreateSymbolicLink(Path.Combine(_folder.FullName, "Storage__ConnectionString"), Path.Combine("..data", "Storage__ConnectionString"));

        Assert.Equal("mounted", Configure()["Storage:ConnectionString"]);
    }

    [Fact]
    public void Folder_ThatIsNotThere_IsRefused()
    {
        string missing = Path.Combine(_folder.FullName, "missing");

        var refusal = Assert.Throws<StartupException>(() => ConsoleHost.CreateBuilder([$"--Secrets:Directory={missing}"]));

        Assert.Contains(missing, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MisspeltSetting_IsRefused() => Assert.Throws<StartupException>(() => ConsoleHost.CreateBuilder(["--Secrets:Folder=/nowhere"]));

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder.FullName, name), text);

    private ConfigurationManager Configure(params string[] args) => ConsoleHost.CreateBuilder([$"--Secrets:Directory={_folder.FullName}", .. args]).Configuration;
}
