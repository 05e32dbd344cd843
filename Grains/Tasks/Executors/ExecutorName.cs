namespace Gristmill.Grains.Tasks;

/// <summary>The name of an executor in rows and calls: its silo's address, a slash, and what tells this life of it from every other.</summary>
internal static class ExecutorName
{
    public static string New(string silo) => $"{silo}/{Guid.NewGuid():N}"[..(silo.Length + 13)];

    public static string SiloOf(string executor)
    {
        int slash = executor.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? executor : executor[..slash];
    }
}
