using System.Globalization;

namespace Gristmill.Scale;

/// <summary>
/// Discrete events of a cluster: tasks arrive at partitions, executors of all silos wait there for tasks, silos come, die and leave, partitions move.
/// Where partitions belong is worked out by the product's own function; how executors ask for tasks follows <c>ExecutorCredit</c>: with a worker free they
/// ask every partition, for one task each. One thread; the same settings give the same result.
/// </summary>
internal sealed class ScaleModel
{
    private const int WaitBuckets = 4_096;
    private const double WaitBucketSeconds = 0.01;

    private readonly ScaleSettings _settings;
    private readonly Random _random;
    private readonly PriorityQueue<Event, (double At, long Number)> _events = new();
    private readonly List<Silo> _silos = [];
    private readonly Partition[] _partitions;
    private readonly List<ScaleSample> _samples = [];
    private readonly List<ScaleChange> _changes = [];
    private readonly long[] _waits = new long[WaitBuckets];
    private readonly int _hot;
    private double _now;
    private long _lastEvent;
    private long _accepted;
    private long _finished;
    private long _granted;
    private long _stolen;
    private long _requests;
    private double _waitSeconds;
    private int _moved;
    private Change? _change;

    public ScaleModel(ScaleSettings settings)
    {
        _settings = settings;
        _random = new Random(settings.Seed);
        _partitions = [.. Enumerable.Range(0, settings.Partitions).Select(_ => new Partition())];
        _hot = Math.Max(1, (int)(settings.Partitions * settings.Hot.Partitions));
    }

    public ScaleResult Run()
    {
        AddSilos(_settings.Silos);
        FindHomes();
        foreach (Partition partition in _partitions)
            partition.Holder = partition.Home;
        // In an order of their own: no partition is to have the same silo first.
        foreach (Silo silo in _silos)
            AskEverywhere(silo);
        foreach (Partition partition in _partitions)
            Shuffle(partition);

        After(0, Kind.Arrive);
        After(1, Kind.Sample);
        After(_settings.JoinAt, Kind.Join);
        After(_settings.DieAt, Kind.Die);
        After(_settings.LeaveAt, Kind.Leave);
        while (_events.TryDequeue(out Event next, out (double At, long) when) && when.At <= _settings.EndAt)
        {
            _now = when.At;
            Handle(next);
        }

        EndChange(isSettled: false);
        return new ScaleResult(
            _samples, _changes, _accepted, _finished, _partitions.Sum(partition => (long)partition.Ready.Count) + _silos.Sum(silo => (long)silo.Granted.Count),
            (double)_stolen / _granted, _waitSeconds / _granted, Quantile(0.99));
    }

    private void Handle(Event next)
    {
        switch (next.Kind)
        {
            case Kind.Arrive:
                Arrive();
                break;
            case Kind.Granted:
                Begin(next.Silo!, next.Task!);
                break;
            case Kind.End:
                End(next.Silo!, next.Task!);
                break;
            case Kind.Sample:
                Sample();
                break;
            case Kind.Join:
                Join();
                break;
            case Kind.Die:
                Go(_settings.Churn.Die, "died", Die);
                break;
            case Kind.Leave:
                Go(_settings.Churn.Leave, "left", Leave);
                break;
            case Kind.Detect:
                Detect(next.Silo!);
                break;
            case Kind.Look:
                Look(next.Partition!);
                break;
            default:
                Open(next.Partition!);
                break;
        }
    }

    // Tasks.

    private void Arrive()
    {
        _accepted++;
        bool isHot = _random.NextDouble() < _settings.Hot.Tasks;
        Partition partition = _partitions[isHot ? _random.Next(_hot) : _random.Next(_partitions.Length)];
        partition.Arrived++;
        partition.Ready.Enqueue(new SimTask(partition, _now, Exponential(_settings.TaskSeconds)));
        Dispatch(partition);
        After(Exponential(_settings.TaskSeconds / (_settings.Load * _settings.Silos * _settings.Workers)), Kind.Arrive);
    }

    private void Dispatch(Partition partition)
    {
        while (partition.IsOpen && partition.Ready.Count > 0 && TryTake(partition.Requests, ref partition.First, out Request request))
        {
            Silo silo = request.Silo;
            if (!silo.Asks)
                continue;
            if (_now - request.At > _settings.Patience)
            {
                // It has ended meanwhile. An executor with a worker free has asked again, and stands behind the others, if there is an order.
                if (silo.Held >= _settings.Workers)
                    silo.Unasked.Add(partition);
                else if (_settings.ByAge)
                    Wait(silo, partition);
                if (silo.Held >= _settings.Workers || _settings.ByAge)
                    continue;
            }

            SimTask task = partition.Ready.Dequeue();
            silo.Granted.Add(task);
            _granted++;
            if (silo != partition.Holder)
                _stolen++;
            After(_settings.GrantSeconds, Kind.Granted, silo, task);
        }
    }

    /// <summary>Takes a request that stands anywhere, whose place the first one then takes; or, by age, the one that has waited longest.</summary>
    private bool TryTake(List<Request> requests, ref int first, out Request request)
    {
        request = default;
        if (first == requests.Count)
            return false;
        int taken = _settings.ByAge ? first : _random.Next(first, requests.Count);
        request = requests[taken];
        requests[taken] = requests[first];
        requests[first++] = default;
        if (first > 64 && first > requests.Count / 2)
        {
            requests.RemoveRange(0, first);
            first = 0;
        }

        return true;
    }

    private void Begin(Silo silo, SimTask task)
    {
        if (silo.IsDead)
            return;
        if (!silo.Asks)
        {
            silo.Granted.Remove(task);
            Queue([task]);
            return;
        }

        silo.Held++;
        if (silo.Held <= _settings.Workers)
            Run(silo, task);
        else
            silo.Behind.Enqueue(task);
        Answer(silo, task.Partition);
    }

    private void Run(Silo silo, SimTask task)
    {
        double wait = _now - task.At;
        _waitSeconds += wait;
        _waits[Math.Min(WaitBuckets - 1, (int)(wait / WaitBucketSeconds))]++;
        After(task.Seconds, Kind.End, silo, task);
    }

    private void End(Silo silo, SimTask task)
    {
        if (silo.IsDead)
            return;
        silo.Granted.Remove(task);
        _finished++;
        silo.Held--;
        if (silo.Behind.TryDequeue(out SimTask? next))
            Run(silo, next);
        if (!silo.Asks || silo.Held >= _settings.Workers)
            return;
        foreach (Partition partition in silo.Unasked)
            Ask(silo, partition);
        silo.Unasked.Clear();
    }

    /// <summary>A request has been answered: the executor asks again if it has a worker free, otherwise when it has.</summary>
    private void Answer(Silo silo, Partition partition)
    {
        if (!silo.Asks)
            return;
        if (silo.Held < _settings.Workers)
            Ask(silo, partition);
        else
            silo.Unasked.Add(partition);
    }

    private void Ask(Silo silo, Partition partition)
    {
        Wait(silo, partition);
        if (partition.Ready.Count > 0)
            Dispatch(partition);
    }

    private void Wait(Silo silo, Partition partition)
    {
        _requests++;
        partition.Requests.Add(new Request(silo, _now));
    }

    private void AskEverywhere(Silo silo)
    {
        foreach (Partition partition in _partitions)
            Ask(silo, partition);
    }

    private void Queue(IEnumerable<SimTask> tasks)
    {
        foreach (SimTask task in tasks)
        {
            task.Partition.Ready.Enqueue(task);
            Dispatch(task.Partition);
        }
    }

    // Silos and partitions.

    private void AddSilos(int count)
    {
        for (int i = 0; i < count; i++)
        {
            int number = _silos.Count;
            _silos.Add(new Silo(string.Create(CultureInfo.InvariantCulture, $"10.0.{number / 250}.{number % 250 + 1}:11111")));
        }
    }

    private void Join()
    {
        int count = (int)(_settings.Silos * _settings.Churn.Join);
        AddSilos(count);
        BeginChange($"{count} silos joined");
        FindHomes();
        _change!.Needed = Needed();
        foreach (Silo silo in _silos[^count..])
            AskEverywhere(silo);
    }

    private void Go(double share, string what, Action<Silo> go)
    {
        Silo[] gone = [.. _silos.Where(silo => silo.Lives)];
        _random.Shuffle(gone);
        gone = gone[..(int)(_settings.Silos * share)];
        BeginChange($"{gone.Length} silos {what}");
        foreach (Silo silo in gone)
        {
            silo.Lives = silo.Asks = false;
            go(silo);
        }

        FindHomes();
        _change!.Needed = Needed();
    }

    /// <summary>Its partitions are nobody's until the others have noticed; so are its tasks.</summary>
    private void Die(Silo silo)
    {
        silo.IsDead = silo.IsUndetected = true;
        foreach (Partition partition in HeldBy(silo))
            partition.IsOpen = false;
        After(_settings.Detection.Least + (_random.NextDouble() * (_settings.Detection.Most - _settings.Detection.Least)), Kind.Detect, silo);
    }

    private void Detect(Silo silo)
    {
        silo.IsUndetected = false;
        FindHomes();
        foreach (Partition partition in _partitions.Where(partition => partition.Holder == silo))
            After(_settings.OpenSeconds, Kind.Open, partition: partition);
        SimTask[] lost = [.. silo.Granted];
        silo.Granted.Clear();
        if (_change is not null)
            _change.RunAgain += lost.Length;
        Queue(lost);
    }

    /// <summary>Its partitions close and are opened elsewhere by the next call; what has not begun goes back, what runs is finished.</summary>
    private void Leave(Silo silo)
    {
        foreach (Partition partition in HeldBy(silo))
        {
            partition.IsOpen = false;
            After(_settings.OpenSeconds, Kind.Open, partition: partition);
        }

        SimTask[] notBegun = [.. silo.Behind];
        silo.Behind.Clear();
        silo.Held -= notBegun.Length;
        foreach (SimTask task in notBegun)
            silo.Granted.Remove(task);
        Queue(notBegun);
    }

    private void FindHomes()
    {
        Silo[] known = [.. _silos.Where(silo => silo.Lives || silo.IsUndetected)];
        int[] homes = _settings.Assign(_partitions.Length, [.. known.Select(silo => silo.Name)]);
        for (int i = 0; i < homes.Length; i++)
        {
            Partition partition = _partitions[i];
            partition.Home = known[homes[i]];
            if (partition.IsOpen && partition.Holder is not null && partition.Holder != partition.Home && !partition.IsToMove)
            {
                partition.IsToMove = true;
                After(_settings.RebalanceDelay + (_random.NextDouble() * _settings.Tick), Kind.Look, partition: partition);
            }
        }
    }

    private void Look(Partition partition)
    {
        partition.IsToMove = false;
        if (!partition.IsOpen || partition.Holder == partition.Home)
            return;
        partition.IsOpen = false;
        After(_settings.OpenSeconds, Kind.Open, partition: partition);
    }

    private void Open(Partition partition)
    {
        if (partition.IsOpen)
            return;
        // Those who asked were refused, and ask the new one.
        _requests += partition.Waiting;
        if (partition.Home!.Lives)
        {
            partition.Holder = partition.Home;
            partition.IsOpen = true;
            _moved++;
            Dispatch(partition);
        }
        else
        {
            // Its home has died meanwhile; the call that would open it waits for the vote.
            After(_settings.Tick, Kind.Open, partition: partition);
        }
    }

    private IEnumerable<Partition> HeldBy(Silo silo) => _partitions.Where(partition => partition.Holder == silo && partition.IsOpen);

    // Measurement.

    private void BeginChange(string what)
    {
        EndChange(isSettled: false);
        _change = new Change(what, _now, _moved);
    }

    private void EndChange(bool isSettled)
    {
        if (_change is { } change)
            _changes.Add(new ScaleChange(change.What, _moved - change.MovedBefore, change.Needed, isSettled ? _now - change.At : null, change.MostOldest, change.RunAgain));
        _change = null;
    }

    private void Sample()
    {
        Silo[] alive = [.. _silos.Where(silo => silo.Lives)];
        foreach (Silo silo in _silos)
            (silo.Partitions, silo.Arrived) = (0, 0);
        int closed = 0;
        double oldest = 0;
        foreach (Partition partition in _partitions)
        {
            if (partition.IsOpen)
            {
                partition.Holder!.Partitions++;
                partition.Holder.Arrived += partition.Arrived;
            }
            else
            {
                closed++;
            }

            partition.Arrived = 0;
            if (partition.Ready.TryPeek(out SimTask? first))
                oldest = Math.Max(oldest, _now - first.At);
        }

        // Requests that nobody answered end and come again; the model does not look at each.
        long waiting = _partitions.Sum(partition => (long)partition.Waiting);
        _samples.Add(new ScaleSample(
            (int)Math.Round(_now), alive.Length, alive.Max(silo => silo.Partitions), alive.Average(silo => silo.Partitions), closed,
            alive.Max(silo => silo.Arrived) / Math.Max(1e-9, alive.Average(silo => silo.Arrived)),
            1 - (alive.Sum(silo => (double)Math.Min(silo.Held, _settings.Workers)) / (alive.Length * _settings.Workers)),
            _partitions.Sum(partition => partition.Ready.Count), oldest, alive.Sum(silo => silo.Behind.Count),
            _requests + (long)(waiting / _settings.Patience), _moved));
        _requests = 0;
        Follow(oldest, closed);
        After(1, Kind.Sample);
    }

    private void Follow(double oldest, int closed)
    {
        if (_change is not { } change)
            return;
        change.MostOldest = Math.Max(change.MostOldest, oldest);
        if (closed == 0 && !_silos.Exists(silo => silo.IsUndetected) && Array.TrueForAll(_partitions, partition => partition.Holder == partition.Home))
            EndChange(isSettled: true);
    }

    /// <summary>The fewest moves after which no silo has two partitions more than another.</summary>
    private int Needed()
    {
        Dictionary<Silo, int> held = _silos.Where(silo => silo.Lives).ToDictionary(silo => silo, _ => 0);
        int orphans = 0;
        foreach (Partition partition in _partitions)
        {
            if (partition.Holder!.Lives)
                held[partition.Holder]++;
            else
                orphans++;
        }

        int least = _partitions.Length / held.Count;
        int most = (_partitions.Length + held.Count - 1) / held.Count;
        return Math.Max(orphans + held.Values.Sum(count => Math.Max(0, count - most)), held.Values.Sum(count => Math.Max(0, least - count)));
    }

    private double Quantile(double share)
    {
        long left = (long)(_waits.Sum() * share);
        int bucket = 0;
        while (bucket < WaitBuckets - 1 && (left -= _waits[bucket]) > 0)
            bucket++;
        return bucket * WaitBucketSeconds;
    }

    private void Shuffle(Partition partition)
    {
        Request[] requests = [.. partition.Requests];
        _random.Shuffle(requests);
        partition.Requests.Clear();
        // They did not begin to wait all at once.
        foreach (Request request in requests)
            partition.Requests.Add(request with { At = -_random.NextDouble() * _settings.Patience });
    }

    private double Exponential(double mean) => -mean * Math.Log(1 - _random.NextDouble());

    private void After(double seconds, Kind kind, Silo? silo = null, SimTask? task = null, Partition? partition = null) =>
        _events.Enqueue(new Event(kind, silo, task, partition), (_now + seconds, _lastEvent++));

    private enum Kind
    {
        Arrive,
        Granted,
        End,
        Sample,
        Join,
        Die,
        Leave,
        Detect,
        Look,
        Open,
    }

    private readonly record struct Event(Kind Kind, Silo? Silo, SimTask? Task, Partition? Partition);

    private readonly record struct Request(Silo Silo, double At);

    private sealed class SimTask(Partition partition, double at, double seconds)
    {
        public Partition Partition { get; } = partition;

        public double At { get; } = at;

        public double Seconds { get; } = seconds;
    }

    private sealed class Partition
    {
        public Queue<SimTask> Ready { get; } = new();

        /// <summary>Who waits here for a task, in the order in which they came.</summary>
        public List<Request> Requests { get; } = [];

        /// <summary>Where in the list the first of them is; those before were answered.</summary>
        public int First;

        public int Waiting => Requests.Count - First;

        public Silo? Home { get; set; }

        public Silo? Holder { get; set; }

        public bool IsOpen { get; set; } = true;

        public bool IsToMove { get; set; }

        public int Arrived { get; set; }
    }

    private sealed class Silo(string name)
    {
        public string Name { get; } = name;

        public bool Lives { get; set; } = true;

        public bool Asks { get; set; } = true;

        public bool IsDead { get; set; }

        /// <summary>It has died, and the others do not know.</summary>
        public bool IsUndetected { get; set; }

        /// <summary>Tasks that were given to it and have not ended, those on their way included.</summary>
        public HashSet<SimTask> Granted { get; } = [];

        /// <summary>Tasks that it has: running, or behind the workers.</summary>
        public int Held { get; set; }

        public Queue<SimTask> Behind { get; } = new();

        /// <summary>Partitions that it would ask if it had a worker free.</summary>
        public List<Partition> Unasked { get; } = [];

        public int Partitions { get; set; }

        public int Arrived { get; set; }
    }

    private sealed class Change(string what, double at, int movedBefore)
    {
        public string What { get; } = what;

        public double At { get; } = at;

        public int MovedBefore { get; } = movedBefore;

        public int Needed { get; set; }

        public double MostOldest { get; set; }

        public int RunAgain { get; set; }
    }
}
