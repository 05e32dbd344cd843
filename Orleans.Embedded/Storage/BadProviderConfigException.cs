using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>A grain names a storage that the silo does not have.</summary>
[GenerateSerializer]
public sealed class BadProviderConfigException : OrleansException
{
    public BadProviderConfigException()
    {
    }

    public BadProviderConfigException(string message)
        : base(message)
    {
    }

    public BadProviderConfigException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
