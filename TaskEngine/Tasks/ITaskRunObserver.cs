namespace Gristmill;

/// <summary>Follows one task through the engine. Called on workers, in the task's way: must be quick and must not throw.</summary>
public interface ITaskRunObserver
{
    /// <summary>An attempt's handler is about to be called.</summary>
    void OnStarted();

    /// <summary>The handler reported progress, 0 to 1.</summary>
    void OnProgress(double value);
}
