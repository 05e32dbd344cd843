namespace Gristmill.Storage;

/// <summary>
/// Ends the process when what is on stable storage is no longer known (a failed sync, an unsettled commit): nothing may be
/// answered any more, and the restart recovers. A seam, so that tests can see it happen.
/// </summary>
public interface IProcessTerminator
{
    /// <summary>Does not return outside of tests.</summary>
    void Terminate(string reason, Exception cause);
}

/// <summary>Ends the process at once, without running finalizers or <c>finally</c> blocks.</summary>
public sealed class FailFastTerminator : IProcessTerminator
{
    public static FailFastTerminator Instance { get; } = new();

    private FailFastTerminator()
    {
    }

    public void Terminate(string reason, Exception cause) => Environment.FailFast(reason, cause);
}
