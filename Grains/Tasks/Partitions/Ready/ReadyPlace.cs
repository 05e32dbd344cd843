namespace Gristmill.Grains.Tasks;

/// <summary>A task's place in the <see cref="ReadyQueue"/>, kept in the task so that it can be taken out without a search.</summary>
internal struct ReadyPlace
{
    /// <summary>The lane it stands in; null when it does not wait.</summary>
    public ReadyLane? Lane;

    /// <summary>Its index in the lane.</summary>
    public int Index;

    /// <summary>When it became ready, in Unix seconds.</summary>
    public uint Second;

    /// <summary>True while a limited queue counts the task as started.</summary>
    public bool IsCounted;
}
