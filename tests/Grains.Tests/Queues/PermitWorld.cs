using Gristmill.Grains.Queues;
using Gristmill.Grains.Tasks;
using Gristmill.Grains.Tests.Tasks.Partitions;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gristmill.Grains.Tests.Queues;

/// <summary>
/// A queue's giver and some partitions with a network between them that a test controls: calls and answers wait until they are delivered or lost.
/// Everything runs on the test's thread.
/// </summary>
internal sealed class PermitWorld
{
    public const string Queue = "limited";

    private readonly QueueSettings _settings;
    private readonly List<Partition> _partitions = [];
    private readonly List<Message> _network = [];
    private readonly List<Giver> _givers = [];
    private long _epoch;

    public PermitWorld(QueueLimits limits, int partitions)
    {
        GiverTime = new SkewedTime(Time, zero: TimeSpan.FromDays(1));
        PartitionTime = new SkewedTime(Time, zero: TimeSpan.FromDays(2));
        _settings = new QueueSettings(Queue, limits, IsPaused: false, Version: 1);
        _givers.Add(new Giver(this, isNew: true));
        for (int i = 0; i < partitions; i++)
            _partitions.Add(new Partition(this, i, ++_epoch, []));
        Sync(Current);
    }

    /// <summary>The true time, which neither the giver nor the partitions know.</summary>
    public ManualTime Time { get; } = new();

    /// <summary>The clocks of the machine on which permits are given.</summary>
    public SkewedTime GiverTime { get; }

    /// <summary>The clocks of the machine on which the partitions are.</summary>
    public SkewedTime PartitionTime { get; }

    public IReadOnlyList<Partition> Partitions => _partitions;

    public int Running => _partitions.Sum(partition => partition.RunningTasks.Count);

    public int Waiting => _partitions.Sum(partition => partition.Ready.Count);

    public int MessageCount => _network.Count;

    /// <summary>When tasks were started, by key.</summary>
    public List<(DateTimeOffset At, string? Key)> Starts { get; } = [];

    private Giver Current => _givers[^1];

    public IEnumerable<LiveTask> AllRunning => _partitions.SelectMany(partition => partition.RunningTasks);

    /// <summary>Delivers one message, the oldest or any.</summary>
    public void Deliver(int index)
    {
        Message message = _network[index];
        _network.RemoveAt(index);
        message.Deliver();
    }

    /// <summary>Loses one message; who waits for an answer hears of it.</summary>
    public void Lose(int index)
    {
        Message message = _network[index];
        _network.RemoveAt(index);
        message.Lose();
    }

    public void DeliverAll()
    {
        for (int i = 0; _network.Count > 0; i++)
        {
            Deliver(0);
            Assert.True(i < 10_000, "The partitions and the giver do not come to rest.");
        }
    }

    public void EndPatience() => Current.EndPatience(ofAll: true);

    /// <summary>Lets time pass while every message takes so long one way, and starts what may start.</summary>
    public void Run(TimeSpan time, TimeSpan oneWay, Action<TimeSpan>? eachMillisecond = null)
    {
        var step = TimeSpan.FromMilliseconds(1);
        for (TimeSpan passed = TimeSpan.Zero; passed < time; passed += step)
        {
            Pass(step);
            Current.EndPatience();
            eachMillisecond?.Invoke(passed);
            while (_network.FindIndex(message => message.SentAt + oneWay <= Time.GetUtcNow()) is >= 0 and var index)
                Deliver(index);
            foreach (Partition partition in _partitions)
            {
                while (partition.TryStart())
                {
                }
            }
        }
    }

    /// <summary>Another activation takes the queue's grain over; the old one may still answer what it has.</summary>
    public void ReplaceGiver()
    {
        _givers.Add(new Giver(this, isNew: false));
        Sync(Current);
    }

    /// <summary>A partition is opened again: what ran goes on, all else it knew is gone.</summary>
    public void RestartPartition(int index)
    {
        Partition old = _partitions[index];
        old.Exchange.Close();
        _partitions[index] = new Partition(this, index, ++_epoch, [.. old.RunningTasks, .. old.Waiting]);
        _partitions[index].Exchange.Kick();
    }

    private void Sync(Giver giver)
    {
        foreach (Partition partition in _partitions)
        {
            giver.Hold(partition.Number, partition.Exchange.Restart(giver.Id));
            partition.Ready.Refresh(partition.Ready.PermitsOf(Queue)!);
            partition.Exchange.Kick();
        }
    }

    private void Send(Action deliver, Action lose) => _network.Add(new Message(Time.GetUtcNow(), deliver, lose));

    private sealed class Message(DateTimeOffset sentAt, Action deliver, Action lose)
    {
        public DateTimeOffset SentAt { get; } = sentAt;

        public void Deliver() => deliver();

        public void Lose() => lose();
    }

    private sealed class Giver
    {
        private readonly PermitGiver _permits;
        private readonly PermitWorld _world;
        private readonly List<(PermitRequest Request, DateTimeOffset At)> _waiting = [];

        public Giver(PermitWorld world, bool isNew)
        {
            _world = world;
            _permits = new PermitGiver(Id, world.GiverTime);
            _permits.Follow(world._settings, isNew);
        }

        public Guid Id { get; } = Guid.NewGuid();

        public void Hold(int partition, PermitHolding holding) => _permits.Hold(partition, holding);

        public Task<PermitReply> Begin(PermitRequest request)
        {
            if (request.Giver != Guid.Empty && request.Giver != Id)
                return Task.FromException<PermitReply>(new UnavailableException("Another one gives permits."));
            _waiting.Add((request, _world.Time.GetUtcNow()));
            return _permits.Begin(request);
        }

        public void Hurry(PermitRequest request) => _permits.Hurry(request.Partition, request.Epoch, request.Number);

        public void Divide() => _permits.Divide();

        /// <summary>Ends the waits that are as long as they may be, or all.</summary>
        public void EndPatience(bool ofAll = false)
        {
            DateTimeOffset now = _world.Time.GetUtcNow();
            foreach ((PermitRequest request, DateTimeOffset at) in _waiting.Where(waits => ofAll || waits.At + waits.Request.Patience <= now))
                _permits.GiveUp(request);
            _waiting.RemoveAll(waits => ofAll || waits.At + waits.Request.Patience <= now);
        }
    }

    internal sealed class Partition
    {
        private static readonly IReadOnlySet<string> s_none = new HashSet<string>();

        private readonly PermitWorld _world;
        private readonly HashSet<LiveTask> _waiting = [];

        public Partition(PermitWorld world, int number, long epoch, IEnumerable<LiveTask> tasks)
        {
            _world = world;
            Number = number;
            Ready = new ReadyQueue(world.PartitionTime);
            QueuePermits permits = Ready.Follow(world._settings, []);
            Exchange = new PermitExchange(permits, number, epoch, ExchangeAsync, HurryAsync, () => Ready.Find(Queue), world.PartitionTime, NullLogger.Instance)
            {
                OnChanged = () => Ready.Refresh(permits),
            };
            foreach (LiveTask task in tasks)
            {
                task.Place = default;
                Ready.Settle(task);
                if (task.Progress.State == TaskState.Running)
                    RunningTasks.Add(task);
                else
                    Wait(task);
            }
        }

        public int Number { get; }

        public ReadyQueue Ready { get; }

        public PermitExchange Exchange { get; }

        public List<LiveTask> RunningTasks { get; } = [];

        public IEnumerable<LiveTask> Waiting => _waiting;

        public void Add(string? key)
        {
            Wait(ReadyTasks.New(Queue, key: key));
            Deal();
        }

        public bool TryStart()
        {
            LiveTask? task = Ready.Take(s_none);
            if (task is not null)
            {
                _waiting.Remove(task);
                task.Advance(task.Stored with { Progress = task.In(TaskState.Running) });
                Ready.Settle(task);
                RunningTasks.Add(task);
                _world.Starts.Add((_world.Time.GetUtcNow(), task.Stored.QueueKey));
            }

            Deal();
            return task is not null;
        }

        /// <summary>A task is taken, and its group is not stored.</summary>
        public void TryStartInVain(TimeSpan commit)
        {
            if (Ready.Take(s_none) is { } task)
            {
                int lapses = Ready.LapsesFor(task);
                _world.Pass(commit);
                Ready.PutBack(task, lapses);
            }

            Deal();
        }

        public void End(LiveTask task)
        {
            RunningTasks.Remove(task);
            task.Advance(task.Stored with { Progress = task.In(TaskState.Succeeded) });
            Ready.Settle(task);
            Deal();
        }

        // The partition's calls to the queue's grain go into the network.
        private Task<PermitReply> ExchangeAsync(PermitRequest request)
        {
            var answer = new TaskCompletionSource<PermitReply>();
            Action timeout = () => answer.SetException(new TimeoutException());
            // Who is called is decided when the call is sent; it may be gone when it arrives.
            Giver giver = _world.Current;
            _world.Send(() => _ = PassOnAsync(giver.Begin(request)), timeout);
            return answer.Task;

            async Task PassOnAsync(Task<PermitReply> reply)
            {
                try
                {
                    PermitReply given = await reply;
                    _world.Send(() => answer.SetResult(given), timeout);
                }
                catch (UnavailableException refused)
                {
                    _world.Send(() => answer.SetException(refused), timeout);
                }
            }
        }

        private Task HurryAsync(PermitRequest request)
        {
            Giver giver = _world.Current;
            _world.Send(() => giver.Hurry(request), () => { });
            return Task.CompletedTask;
        }

        private void Wait(LiveTask task)
        {
            _waiting.Add(task);
            Ready.Add(task);
        }

        private void Deal()
        {
            foreach (QueuePermits _ in Ready.TakeTouched())
                Exchange.Kick();
        }
    }

    /// <summary>Lets time pass, for the partitions' pauses and the giver's rates.</summary>
    public void Pass(TimeSpan time)
    {
        Time.Advance(time);
        foreach (Partition partition in _partitions)
            partition.Exchange.Kick();
        Current.Divide();
    }
}
