using System.Reflection;

namespace Gristmill;

/// <summary>Which build of an assembly this is.</summary>
public static class AssemblyVersion
{
    /// <summary>The version that its authors gave it, such as 1.2.0 or 1.3.0-beta.1, without the commit that it was built from.</summary>
    public static string Of(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        string? informational = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        return informational?.Split('+')[0] ?? assembly.GetName().Version?.ToString() ?? "0.0.0";
    }
}
