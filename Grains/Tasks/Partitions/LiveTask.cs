using Gristmill.Storage;

namespace Gristmill.Grains.Tasks;

/// <summary>A task that is not over, as its partition holds it in memory: always what is committed. Used within the partition's turns.</summary>
internal sealed class LiveTask(StoredTask stored)
{
    /// <summary>The row as it is committed; a long input is left out.</summary>
    public StoredTask Stored { get; private set; } = stored;

    public TaskId Id => Stored.Id;

    public TaskProgress Progress => Stored.Progress;

    /// <summary>Where the task stands in the <see cref="ReadyQueue"/>, which alone sets it.</summary>
    public ReadyPlace Place;

    public void Advance(TaskProgress progress) => Stored = Stored with { Progress = progress };
}
