namespace Gristmill.Engine.Tests.Exploration;

/// <summary>What went into a structure and what came out of it.</summary>
internal sealed class Tally
{
    private readonly List<WorkItem> _made = [];
    private readonly List<WorkItem> _taken = [];

    public int Taken => _taken.Count;

    /// <summary>Null when all that was made was taken once.</summary>
    public string? Complaint =>
        _taken.Count != _taken.Distinct().Count() ? "an item was taken twice"
        : _taken.Except(_made).Any() ? "an item was taken that was never there"
        : _made.Except(_taken).Any() ? "an item was lost"
        : null;

    public WorkItem NewItem()
    {
        var item = new Item();
        _made.Add(item);
        return item;
    }

    public void Take(WorkItem? item)
    {
        if (item is not null)
            _taken.Add(item);
    }

    private sealed class Item : WorkItem
    {
        protected internal override void Execute()
        {
        }
    }
}
