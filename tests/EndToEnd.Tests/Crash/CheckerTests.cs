using Gristmill.Crash;

namespace Gristmill.EndToEnd.Tests.Crash;

/// <summary>The checker goes red for each thing that it is there to see, and only then.</summary>
public sealed class CheckerTests : IDisposable
{
    private const int Seed = 7;
    private const int FirstProcess = 100;
    private const int SecondProcess = 200;

    private readonly DriverLog _log = new();
    private readonly List<Execution> _executions = [];
    private readonly List<ListedTask> _listed = [];

    public CheckerTests()
    {
        Submit("kept", "T1");
        Run("T1", FirstProcess, "token1");
        List("T1", "kept", "succeeded", "token1");

        Submit("fails-once", "T2", failures: 1);
        Run("T2", FirstProcess, "token2");
        Run("T2", FirstProcess, "token3", attempt: 2);
        List("T2", "fails-once", "succeeded", "token3");

        Submit("cancelled", "T3");
        List("T3", "cancelled", "cancelled", null);

        _log.Submitting("unknown-and-gone");

        _log.Submitting("unknown-and-there");
        Run("T4", FirstProcess, "token4");
        Run("T4", SecondProcess, "token5");
        List("T4", "unknown-and-there", "succeeded", "token5");

        _log.Submitting("refused");
        _log.Answered("refused", Outcome.Refused);
    }

    public void Dispose() => _log.Dispose();

    [Fact]
    public void What_ThePromisesAllow_IsClean()
    {
        _log.Ended("T1", "succeeded at token1");
        Verdict verdict = Check();

        Assert.True(verdict.IsClean, verdict.Describe());
        Assert.Equal(
            "attempted 6, acknowledged 3, lost 0, phantom 0, completed twice 0, executed more than once 0 (again after a crash 1), unknown 2, recovery 1.50 s, seed 7",
            verdict.ToString());
    }

    [Fact]
    public void AcknowledgedTask_ThatIsNotThere_IsLost()
    {
        Submit("lost", "T9");
        Assert.Equal(1, Check().Lost);
    }

    [Fact]
    public void Task_ThatIsNotOver_IsLost()
    {
        Submit("stuck", "T9");
        _listed.Add(new ListedTask("T9", "stuck", "running", null, null));
        Assert.Equal(1, Check().Lost);
    }

    [Theory]
    [InlineData("made-up")]
    [InlineData(null)]
    public void Success_ThatNoExecutionGave_IsLost(string? result)
    {
        Submit("never-ran", "T9");
        List("T9", "never-ran", "succeeded", result);
        Assert.Equal(1, Check().Lost);
    }

    [Fact]
    public void Task_NobodyAskedFor_IsPhantom()
    {
        List("T9", "phantom", "cancelled", null);
        Assert.Equal(1, Check().Phantom);
    }

    [Fact]
    public void Task_ThatWasRefused_IsPhantom()
    {
        List("T9", "refused", "cancelled", null);
        Assert.Equal(1, Check().Phantom);
    }

    [Fact]
    public void TwoTasks_OfOneRequest_ArePhantom()
    {
        List("T9", "unknown-and-there", "cancelled", null);
        Assert.Equal(1, Check().Phantom);
    }

    [Fact]
    public void Execution_OfATaskThatIsNotThere_IsPhantom()
    {
        Run("T9", FirstProcess, "token9");
        Assert.Equal(1, Check().Phantom);
    }

    [Fact]
    public void TwoIds_ForOneKey_AreAFault()
    {
        _log.Answered("kept", Outcome.Acknowledged, "T8");
        Assert.False(Check().IsClean);
    }

    [Fact]
    public void End_ThatDiffersFromTheOneShownBefore_IsCompletedTwice()
    {
        _log.Ended("T1", "succeeded at token7");
        Assert.Equal(1, Check().CompletedTwice);
    }

    [Fact]
    public void SecondExecution_InOneProcess_IsExecutedMoreThanOnce()
    {
        Run("T1", FirstProcess, "token9");
        Assert.Equal(1, Check().ExecutedMoreThanOnce);
    }

    [Fact]
    public void MoreExecutions_ThanFailuresAndProcessesExplain_AreExecutedMoreThanOnce()
    {
        Run("T2", SecondProcess, "token8");
        Run("T2", SecondProcess, "token9");
        Assert.Equal(1, Check().ExecutedMoreThanOnce);
    }

    [Fact]
    public void Execution_AfterTheEndWasShown_IsExecutedMoreThanOnce()
    {
        _log.Ended("T1", "succeeded at token1");
        _executions.Add(new Execution("T1", 1, 1, SecondProcess, long.MaxValue, "token9"));
        Assert.Equal(1, Check().ExecutedMoreThanOnce);
    }

    [Fact]
    public void Execution_GivenOutByAnEarlierLifeOfThePartition_IsExecutedMoreThanOnce()
    {
        Submit("taken-over", "T9");
        Run("T9", FirstProcess, "token8", epoch: 3);
        Run("T9", SecondProcess, "token9", epoch: 2);
        List("T9", "taken-over", "succeeded", "token8");
        Assert.Equal(1, Check().ExecutedMoreThanOnce);
    }

    [Fact]
    public void Execution_ByASiloThatOthersTookForGone_IsRunBeside_ButOnlyOnceInItsProcess()
    {
        _log.Ended("T1", "succeeded at token1");
        _executions.Add(new Execution("T1", 1, 1, SecondProcess, long.MaxValue, "token9"));
        Submit("taken-over", "T9");
        Run("T9", FirstProcess, "token8", epoch: 3);
        Run("T9", SecondProcess, "token9", epoch: 2);
        List("T9", "taken-over", "succeeded", "token8");

        Verdict verdict = Check(gone: SecondProcess);
        Assert.True(verdict.IsClean, verdict.Describe());
        Assert.Contains("after a lost lease 3)", verdict.ToString(), StringComparison.Ordinal);

        Run("T9", SecondProcess, "token10", epoch: 2);
        Assert.Equal(1, Check(gone: SecondProcess).ExecutedMoreThanOnce);
    }

    [Fact]
    public void Execution_ThatNoPartitionGaveOut_IsPhantom()
    {
        Submit("given-out-by-nobody", "T9");
        Run("T9", FirstProcess, "token9", epoch: 0);
        List("T9", "given-out-by-nobody", "succeeded", "token9");
        Assert.Equal(1, Check().Phantom);
    }

    [Fact]
    public void LedgerLine_IsReadAsItWasWritten() =>
        Assert.Equal(new Execution("T1", 2, 5, 17, 123456789, "abc"), Ledger.Parse("T1 2 5 17 123456789 abc"));

    private Verdict Check(int? gone = null) => Checker.Check(
        _log, _executions, _listed, Seed, TimeSpan.FromSeconds(1.5), gone is { } process ? new Dictionary<int, long> { [process] = -1 } : null);

    private void Submit(string name, string task, int failures = 0)
    {
        _log.Submitting(name, failures);
        _log.Answered(name, Outcome.Acknowledged, task);
    }

    private void Run(string task, int process, string token, int attempt = 1, long epoch = 1) =>
        _executions.Add(new Execution(task, attempt, epoch, process, _executions.Count, token));

    private void List(string task, string name, string status, string? result) =>
        _listed.Add(new ListedTask(task, name, status, $"{status} at {result}", result));
}
