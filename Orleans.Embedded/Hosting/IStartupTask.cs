namespace Orleans.Runtime;

/// <summary>Work that runs when the silo has started.</summary>
public interface IStartupTask
{
    Task Execute(CancellationToken cancellationToken);
}
