using Gristmill.Grains.Tasks;

namespace Gristmill.Grains.Tests.Tasks;

public sealed class ExecutorGateTests : IDisposable
{
    private readonly List<HeldTask> _started = [];
    private readonly List<HeldTask> _givenBack = [];
    private readonly ManualTime _time = new();
    private readonly ExecutorGate _gate;
    private int _endings;

    public ExecutorGateTests() => _gate = new ExecutorGate(_started.Add, _givenBack.Add, () => _endings++, _time);

    public void Dispose() => _gate.Dispose();

    [Fact]
    public void OrdinaryTasks_StartAtOnce()
    {
        Enter(alone: false);
        Enter(alone: false);

        Assert.Equal(2, _started.Count);
        Assert.True(_gate.Open.IsCompleted);
    }

    [Fact]
    public void TaskThatRunsAlone_WaitsForTheOthersEnds_AndWhatComesBehindItGoesBack()
    {
        HeldTask first = Enter(alone: false);
        HeldTask alone = Enter(alone: true);
        HeldTask next = Enter(alone: false);
        HeldTask secondAlone = Enter(alone: true);
        Assert.Equal([first], _started);
        Assert.Equal([next, secondAlone], _givenBack);
        Assert.False(_gate.Open.IsCompleted);

        _gate.Exit();
        _gate.Exit();
        Assert.Equal([first], _started);
        _gate.Exit();
        Assert.Equal([first, alone], _started);

        _gate.Exit();
        Assert.True(_gate.Open.IsCompleted);
        Assert.Equal([first, alone, Enter(alone: false)], _started);
    }

    [Fact]
    public void TaskThatCameWhileOneRanAlone_GoesBackBeforeTheNextAreTaken()
    {
        Enter(alone: true);
        Enter(alone: false);
        Assert.Single(_givenBack);

        _gate.Exit();
        Assert.False(_gate.Open.IsCompleted);
        _gate.Exit();

        Assert.True(_gate.Open.IsCompleted);
        Enter(alone: true);
        Assert.Equal(2, _started.Count);
    }

    [Fact]
    public void TaskThatRunsAlone_WaitsUntilNoRequestCanBringAnother()
    {
        Assert.True(_gate.TryBeginRequest());
        Assert.True(_gate.TryBeginRequest());
        HeldTask alone = Enter(alone: true);
        _gate.EndRequest();
        Assert.Equal(1, _endings);
        Assert.False(_gate.TryBeginRequest());
        Assert.Empty(_started);

        HeldTask late = Enter(alone: false);
        _gate.EndRequest();
        Assert.Empty(_started);
        _gate.Exit();

        Assert.Equal([late], _givenBack);
        Assert.Equal([alone], _started);
        _gate.Exit();
        Assert.True(_gate.TryBeginRequest());
    }

    [Fact]
    public void RequestsThatDoNotEnd_AreToldAgain_UntilTheTaskThatRunsAloneMayStart()
    {
        Assert.True(_gate.TryBeginRequest());
        Assert.True(_gate.TryBeginRequest());
        HeldTask alone = Enter(alone: true);
        Assert.Equal(1, _endings);

        _time.Advance(TimeSpan.FromSeconds(1));
        int told = _endings;
        Assert.InRange(told, 3, 20);
        _gate.EndRequest();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_endings > told);

        _gate.EndRequest();
        Assert.Equal([alone], _started);
        told = _endings;
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(told, _endings);
    }

    [Fact]
    public void TaskThatRunsAlone_TellsNobodyWhereNobodyAsks()
    {
        Enter(alone: false);
        HeldTask alone = Enter(alone: true);
        _time.Advance(TimeSpan.FromMinutes(1));
        _gate.Exit();

        Assert.Equal((0, alone), (_endings, _started[^1]));
    }

    [Fact]
    public void TaskThatEndsWhileItStarts_LetsTheOthersStart()
    {
        int started = 0;
        ExecutorGate? gate = null;
        using ExecutorGate made = gate = new ExecutorGate(
            _ =>
            {
                started++;
                gate!.Exit();
            },
            _ => Assert.Fail("Nothing is held beside it."),
            () => Assert.Fail("There are no requests."),
            _time);

        for (int i = 0; i < 100; i++)
            gate.Enter(Held(alone: i % 2 == 0));

        Assert.Equal(100, started);
    }

    private HeldTask Enter(bool alone)
    {
        HeldTask task = Held(alone);
        _gate.Enter(task);
        return task;
    }

    private static HeldTask Held(bool alone) => new(
        new TaskGrant(TaskId.New(0, TimeProvider.System), 1, "math.add", default, PayloadFormat.Json, 5, 1, TimeSpan.FromMinutes(1), null, alone, Epoch: 1),
        link: null!,
        TimeProvider.System);
}
