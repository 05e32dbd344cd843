using Gristmill.Grains.Queues;

namespace Gristmill.Grains.Tasks;

/// <summary>A partition's permits of one queue, or of one of its keys. Used within the partition's turns.</summary>
internal sealed class PermitPool
{
    /// <summary>Permits to run that are held, in use or not.</summary>
    public int Held { get; private set; }

    /// <summary>Tasks that run; more than <see cref="Held"/> where a limit came while they ran.</summary>
    public int Running { get; private set; }

    /// <summary>Permits to start that are left.</summary>
    public int Starts { get; private set; }

    /// <summary>Permits to start that lapsed and were not reported.</summary>
    public int Lapsed { get; private set; }

    public int Spare => Math.Max(0, Held - Running);

    public bool IsUnused => Held == 0 && Running == 0 && Starts == 0 && Lapsed == 0;

    public bool IsOpen(bool limitsRuns, bool limitsStarts) => (!limitsRuns || Held > Running) && (!limitsStarts || Starts > 0);

    /// <summary>What is lacking to start so many tasks. Of two kinds, first the one of which there is less: more of the other would lie idle.</summary>
    public Permits Lacking(int tasks, bool limitsRuns, bool limitsStarts)
    {
        int runs = limitsRuns ? Spare : int.MaxValue;
        int starts = limitsStarts ? Starts : int.MaxValue;
        return new Permits(
            limitsRuns && runs <= starts ? Math.Max(0, Math.Min(tasks, starts > runs ? starts : tasks) - runs) : 0,
            limitsStarts && starts <= runs ? Math.Max(0, Math.Min(tasks, runs > starts ? runs : tasks) - starts) : 0);
    }

    public void Start()
    {
        Running++;
        Starts = Math.Max(0, Starts - 1);
    }

    public void End() => Running--;

    /// <summary>A permit to start was not used after all.</summary>
    public void ReturnStart() => Starts++;

    public void Take(Permits given)
    {
        Held += given.Run;
        Starts += given.Start;
    }

    /// <summary>Gives back permits to run that no task uses, but for as many as are needed soon.</summary>
    /// <returns>True when there were any.</returns>
    public bool LetGo(int needed)
    {
        int before = Held;
        Held = Math.Min(Held, Running + needed);
        return Held < before;
    }

    /// <summary>What is said to be held is held: whoever gives permits counts it.</summary>
    public int Say()
    {
        Held = Math.Max(Held, Running);
        return Held;
    }

    public void Lapse()
    {
        Lapsed += Starts;
        Starts = 0;
    }

    public int TakeLapsed()
    {
        int lapsed = Lapsed;
        Lapsed = 0;
        return lapsed;
    }

    /// <summary>Forgets permits of limits that are no more.</summary>
    public void Clear()
    {
        Held = Running;
        Starts = Lapsed = 0;
    }
}
