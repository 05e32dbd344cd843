namespace Gristmill.Grains.Tasks;

/// <summary>Whose turn it is within a queue: those of one key where the queue has limits per key, otherwise those of one owner.</summary>
internal readonly record struct PartyName(string? Key, long? Owner);

/// <summary>One party's ready tasks at one level of one queue.</summary>
internal sealed class ReadyParty(ReadyLine line, PartyName name)
{
    public ReadyLine Line { get; } = line;

    public PartyName Name { get; } = name;

    /// <summary>Parties are served in this order; unique within the line, raised by each turn taken. Never changed while a set is sorted by it.</summary>
    public long Turn { get; set; }

    /// <summary>True while its key may not start anything.</summary>
    public bool IsShut { get; set; }

    /// <summary>One for each kind that it has or had tasks of.</summary>
    public List<ReadyLane> Lanes { get; } = new(1);

    public bool IsOffered
    {
        get
        {
            foreach (ReadyLane lane in Lanes)
            {
                if (lane.IsOffered)
                    return true;
            }

            return false;
        }
    }

    public bool IsEmpty => Lanes.TrueForAll(lane => lane.Count == 0);
}
