using System.Diagnostics;
using Gristmill.Engine.Tests.Soak;

namespace Gristmill.Engine.Tests.Exploration;

/// <summary>
/// Runs a small program of two or three threads again and again, each time with another interleaving, until all are tried that have no more
/// than a few preemptions and delayed stores; with a seed, it draws interleavings instead. One thread runs at a time, so every run can be repeated
/// from its choices.
/// </summary>
/// <remarks>
/// Memory is x86's (total store order): each thread has a first-in first-out store buffer. A store either becomes visible at once or stays
/// in the buffer until the thread executes a barrier, or ends, or another thread executes a process-wide one; what is stored later queues up
/// behind it. Threads read through their own buffers.
/// </remarks>
internal sealed class Explorer(int preemptions = 2, int delays = 2, int mostRuns = 60_000, TimeSpan? limit = null, int? seed = null)
{
    // One step in so many, when interleavings are drawn: more would spend all preemptions on the first operations.
    private const int DrawEvery = 8;

    [ThreadStatic]
    private static ModelThread? t_thread;

    private readonly List<(int Choice, int Options)> _path = [];
    private readonly Random? _random = seed is { } value ? new Random(value) : null;
    private ModelThread[] _threads = [];
    private int _depth;
    private int _preemptionsLeft;
    private int _delaysLeft;
    private readonly Turn _allDone = new();

    public int Runs { get; private set; }

    /// <summary>True when every interleaving within the bounds was tried.</summary>
    public bool IsExhausted { get; private set; }

    public static ModelThread? Current => t_thread;

    /// <summary>Grows with every store that becomes visible.</summary>
    public long Changes { get; set; }

    /// <summary>
    /// Explores a program for <see cref="SoakTime.Limit"/>: half of it in order, and what is left, if that was not all, by drawing.
    /// </summary>
    public static void Soak(Func<(Action[] Threads, Func<bool[], string?> Check)> program)
    {
        int seed = Random.Shared.Next();
        TimeSpan half = SoakTime.Limit / 2;
        var inOrder = new Explorer(preemptions: 3, delays: 3, int.MaxValue, half);
        inOrder.FindNothing(program);
        var drawn = new Explorer(preemptions: 6, delays: 6, inOrder.IsExhausted ? 0 : int.MaxValue, half, seed);
        drawn.FindNothing(program);
        SoakTime.Report(seed, $"{inOrder.Runs} runs in order{(inOrder.IsExhausted ? ", which are all" : "")}, {drawn.Runs} drawn");
    }

    /// <summary>Explores, and fails with the first complaint.</summary>
    public void FindNothing(Func<(Action[] Threads, Func<bool[], string?> Check)> program)
    {
        if (Explore(program) is { } complaint)
            Assert.Fail(seed is null ? complaint : $"seed {seed}: {complaint}");
    }

    /// <summary>
    /// Explores; returns the first complaint, with the choices that led to it, or null. The program is made afresh for each run; its check
    /// says what is wrong at the end, or null, and is told which threads are blocked for ever.
    /// </summary>
    public string? Explore(Func<(Action[] Threads, Func<bool[], string?> Check)> program)
    {
        long started = Stopwatch.GetTimestamp();
        while (Runs < mostRuns && (limit is null || Stopwatch.GetElapsedTime(started) < limit))
        {
            Runs++;
            (Action[] bodies, Func<bool[], string?> check) = program();
            bool[] blocked = RunOnce(bodies);
            if (check(blocked) is { } complaint)
                return $"{complaint} (run {Runs}, choices {string.Join(' ', _path.Take(_depth).Select(step => step.Choice))})";
            if (!Backtrack())
            {
                IsExhausted = true;
                break;
            }
        }

        return null;
    }

    /// <summary>Before each access to shared memory: another thread may go first.</summary>
    internal void Step(ModelThread self)
    {
        if (_preemptionsLeft == 0)
            return;
        ModelThread[] others = [.. _threads.Where(thread => thread != self && thread.CanRun)];
        int choice = Choose(others.Length + 1, mostlyFirst: true);
        if (choice == 0)
            return;
        _preemptionsLeft--;
        SwitchTo(others[choice - 1], self);
    }

    internal bool ChooseDelay()
    {
        if (_delaysLeft == 0 || Choose(2, mostlyFirst: true) == 0)
            return false;
        _delaysLeft--;
        return true;
    }

    internal void FlushAll()
    {
        foreach (ModelThread thread in _threads)
            thread.Flush();
    }

    /// <summary>Blocks the thread until the condition holds, which other threads must bring about.</summary>
    internal void BlockUntil(ModelThread self, Func<bool> condition)
    {
        self.Flush();
        while (!condition())
        {
            self.WaitsFor = condition;
            ModelThread? next = PickRunnable();
            if (next is null)
            {
                Finish();
                self.Sleep();
            }
            else
            {
                SwitchTo(next, self);
            }

            if (self.IsAborted)
                throw new AbortedException();
        }

        self.WaitsFor = null;
    }

    /// <summary>
    /// A thread that looks again and again waits here until something has changed since it was here last. The first time it looks once more: the change may
    /// have come before.
    /// </summary>
    internal void AwaitChange(ModelThread self)
    {
        BlockUntil(self, () => Changes != self.SeenChanges);
        self.SeenChanges = Changes;
    }

    private bool[] RunOnce(Action[] bodies)
    {
        _depth = 0;
        _preemptionsLeft = preemptions;
        _delaysLeft = delays;
        Changes = 0;
        _threads = [.. bodies.Select((body, index) => new ModelThread(this, index, body))];
        foreach (ModelThread thread in _threads)
            thread.Start(BeginThread);
        _threads[Choose(_threads.Length)].Wake();
        if (!_allDone.Await(TimeSpan.FromMinutes(1)))
            throw new TimeoutException("A run of the explorer does not end.");

        bool[] blocked = [.. _threads.Select(thread => !thread.IsDone)];
        foreach (ModelThread thread in _threads)
            thread.Abort();
        return blocked;
    }

    private void BeginThread(ModelThread thread)
    {
        t_thread = thread;
        try
        {
            thread.Body();
            // What the thread stored last may stay invisible for a while.
            Step(thread);
        }
        catch (AbortedException)
        {
            return;
        }
        finally
        {
            t_thread = null;
        }

        thread.Flush();
        thread.IsDone = true;
        if (PickRunnable() is { } next)
            next.Wake();
        else
            Finish();
    }

    private ModelThread? PickRunnable()
    {
        ModelThread[] runnable = [.. _threads.Where(thread => thread.CanRun)];
        return runnable.Length == 0 ? null : runnable[Choose(runnable.Length)];
    }

    private void Finish() => _allDone.Give();

    private static void SwitchTo(ModelThread next, ModelThread self)
    {
        next.Wake();
        self.Sleep();
        if (self.IsAborted)
            throw new AbortedException();
    }

    private int Choose(int options, bool mostlyFirst = false)
    {
        if (options == 1)
            return 0;
        if (_depth == _path.Count)
            _path.Add((_random is null ? 0 : Draw(options, mostlyFirst), options));
        (int choice, int expected) = _path[_depth++];
        if (expected != options)
            throw new InvalidOperationException("The program is not deterministic.");
        return choice;
    }

    private int Draw(int options, bool mostlyFirst) => !mostlyFirst
        ? _random!.Next(options)
        : _random!.Next(DrawEvery) == 0 ? _random.Next(1, options) : 0;

    private bool Backtrack()
    {
        if (_random is not null)
        {
            _path.Clear();
            return true;
        }

        _path.RemoveRange(_depth, _path.Count - _depth);
        while (_path.Count > 0)
        {
            (int choice, int options) = _path[^1];
            if (choice + 1 < options)
            {
                _path[^1] = (choice + 1, options);
                return true;
            }

            _path.RemoveAt(_path.Count - 1);
        }

        return false;
    }

    private sealed class AbortedException : Exception;
}

/// <summary>A thread of a program under exploration, with its store buffer. Only the running thread touches any of it.</summary>
internal sealed class ModelThread(Explorer explorer, int index, Action body)
{
    private static readonly WorkQueue s_threads = new();
    private readonly Turn _turn = new();
    private readonly Queue<(ModelCell Cell, object? Value)> _stores = new();

    public Explorer Explorer => explorer;

    public int Index => index;

    public Action Body => body;

    public bool IsDone { get; set; }

    public bool IsAborted { get; private set; }

    public Func<bool>? WaitsFor { get; set; }

    public long SeenChanges { get; set; } = -1;

    public bool CanRun => !IsDone && (WaitsFor is null || WaitsFor());

    public void Start(Action<ModelThread> begin) => s_threads.Run(() =>
    {
        _turn.Await();
        if (!IsAborted)
            begin(this);
    });

    public void Wake() => _turn.Give();

    public void Sleep() => _turn.Await();

    public void Abort()
    {
        if (IsDone)
            return;
        IsAborted = true;
        _turn.Give();
    }

    public void Store(ModelCell cell, object? value)
    {
        explorer.Step(this);
        if (_stores.Count > 0 || explorer.ChooseDelay())
            _stores.Enqueue((cell, value));
        else
            cell.Value = value;
    }

    public object? Load(ModelCell cell)
    {
        explorer.Step(this);
        return Peek(cell);
    }

    /// <summary>What this thread sees, without giving way.</summary>
    public object? Peek(ModelCell cell)
    {
        object? value = cell.Value;
        foreach ((ModelCell stored, object? pending) in _stores)
        {
            if (stored == cell)
                value = pending;
        }

        return value;
    }

    /// <summary>A full barrier.</summary>
    public void Flush()
    {
        while (_stores.TryDequeue(out (ModelCell Cell, object? Value) store))
        {
            store.Cell.Value = store.Value;
            // A thread that has ended is nobody's current one.
            explorer.Changes++;
        }
    }

    // Real threads, reused from run to run.
    private sealed class WorkQueue
    {
        private readonly Queue<Action> _bodies = new();
        private int _idle;

        public void Run(Action body)
        {
            lock (_bodies)
            {
                _bodies.Enqueue(body);
                if (_idle >= _bodies.Count)
                    Monitor.Pulse(_bodies);
                else
                    new Thread(RunAll) { IsBackground = true }.Start();
            }
        }

        private void RunAll()
        {
            while (true)
                Next()();
        }

        private Action Next()
        {
            lock (_bodies)
            {
                _idle++;
                while (_bodies.Count == 0)
                    Monitor.Wait(_bodies);
                _idle--;
                return _bodies.Dequeue();
            }
        }
    }
}

/// <summary>
/// Passes the turn from thread to thread. It never spins: one thread runs at a time, and on a busy machine each that spins, or yields, costs the others a
/// slice of the scheduler's.
/// </summary>
internal sealed class Turn
{
    private bool _given;

    public void Give()
    {
        lock (this)
        {
            _given = true;
            Monitor.Pulse(this);
        }
    }

    public void Await() => Await(Timeout.InfiniteTimeSpan);

    public bool Await(TimeSpan limit)
    {
        lock (this)
        {
            while (!_given)
            {
                if (!Monitor.Wait(this, limit))
                    return false;
            }

            _given = false;
            return true;
        }
    }
}

/// <summary>A location of the model's memory.</summary>
internal sealed class ModelCell
{
    public object? Value
    {
        get;
        set
        {
            field = value;
            if (Explorer.Current is { } thread)
                thread.Explorer.Changes++;
        }
    }
}
