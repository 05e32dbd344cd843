using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.KeyPerFile;
using Microsoft.Extensions.FileProviders;

namespace Gristmill.Client.Hosting;

/// <summary>
/// Settings that must not stand in an environment or on a command line, read from the folder <c>Secrets:Directory</c>: a file for each, named
/// <c>Section__Key</c>, as Docker and Kubernetes mount secrets. Read once, at start. Environment and command line override them.
/// </summary>
internal static class SecretFiles
{
    private const string Directory = "Secrets:Directory";

    /// <exception cref="StartupException">The folder is not there, or a file in it may not be read.</exception>
    public static void AddSecretFiles(this ConfigurationManager configuration)
    {
        SettingNames.Check(configuration, "Secrets", [], "Directory");
        if (configuration[Directory] is not { Length: > 0 } name)
            return;
        string folder = Path.GetFullPath(name);
        if (!System.IO.Directory.Exists(folder))
            throw new StartupException($"{Directory} is '{name}', and there is no such folder.");
        try
        {
            configuration.Sources.Insert(
                BeforeEnvironment(configuration.Sources), new KeyPerFileConfigurationSource { FileProvider = new PhysicalFileProvider(folder) });
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            throw new StartupException($"{Directory}: {exception.Message}", exception);
        }
    }

    // The host's own variables, with a prefix, come before appsettings.json; those of the application come after it.
    private static int BeforeEnvironment(IList<IConfigurationSource> sources)
    {
        for (int i = sources.Count - 1; i >= 0; i--)
        {
            if (sources[i] is EnvironmentVariablesConfigurationSource { Prefix: null or "" })
                return i;
        }

        return sources.Count;
    }
}
