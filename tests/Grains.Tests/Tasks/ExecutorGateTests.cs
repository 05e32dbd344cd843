using Gristmill.Grains.Tasks;

namespace Gristmill.Grains.Tests.Tasks;

public sealed class ExecutorGateTests
{
    private readonly List<HeldTask> _started = [];
    private readonly ExecutorGate _gate;

    public ExecutorGateTests() => _gate = new ExecutorGate(_started.Add);

    [Fact]
    public void OrdinaryTasks_StartAtOnce()
    {
        Enter(alone: false);
        Enter(alone: false);

        Assert.Equal(2, _started.Count);
    }

    [Fact]
    public void TaskThatRunsAlone_WaitsForTheRunning_AndTheNextWaitForIt()
    {
        HeldTask first = Enter(alone: false);
        HeldTask alone = Enter(alone: true);
        HeldTask next = Enter(alone: false);
        HeldTask last = Enter(alone: false);
        Assert.Equal([first], _started);

        _gate.Exit();
        Assert.Equal([first, alone], _started);

        _gate.Exit();
        Assert.Equal([first, alone, next, last], _started);
        _gate.Exit();
        _gate.Exit();
        Enter(alone: true);
        Assert.Equal(5, _started.Count);
    }

    [Fact]
    public void TasksThatRunAlone_RunOneAfterTheOther()
    {
        HeldTask first = Enter(alone: true);
        HeldTask second = Enter(alone: true);
        Assert.Equal([first], _started);

        _gate.Exit();

        Assert.Equal([first, second], _started);
    }

    [Fact]
    public void TaskThatEndsWhileItStarts_LetsTheOthersStart()
    {
        ExecutorGate? gate = null;
        int started = 0;
        gate = new ExecutorGate(_ =>
        {
            started++;
            gate!.Exit();
        });

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
        new TaskGrant(TaskId.New(0, TimeProvider.System), 1, "math.add", default, PayloadFormat.Json, 5, 1, TimeSpan.FromMinutes(1), null, alone),
        link: null!,
        TimeProvider.System);
}
