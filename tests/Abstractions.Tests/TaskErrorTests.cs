namespace Gristmill.Abstractions.Tests;

public sealed class TaskErrorTests
{
    [Fact]
    public void Exception_TurnedIntoData_KeepsWhatACallerActsOn()
    {
        Assert.Equal((ErrorCodes.Overflow, false), CodeOf(new OverflowException()));
        Assert.Equal((ErrorCodes.Cancelled, false), CodeOf(new TaskCanceledException()));
        Assert.Equal((ErrorCodes.HandlerFailed, false), CodeOf(new InvalidOperationException("x")));
        Assert.Equal((ErrorCodes.QueueFull, true), CodeOf(new QueueFullException(10, TimeSpan.FromSeconds(2))));
        Assert.Equal(TimeSpan.FromSeconds(2), new QueueFullException(10, TimeSpan.FromSeconds(2)).ToError().RetryAfter);
        Assert.Equal("must be positive", new InvalidTaskInputException("count", "must be positive").ToError().Fields["count"]);

        var original = new TaskError("custom", "As the handler said.", IsTransient: true);
        Assert.Same(original, TaskError.From(new TaskFailedException(original)));
    }

    [Theory]
    [InlineData(200, 100, ErrorCodes.PayloadTooLarge, false)]
    [InlineData(50, 100, ErrorCodes.MemoryBudget, true)]
    public void MemoryBudget_SaysWhetherWaitingHelps(long requested, long budget, string code, bool transient) =>
        Assert.Equal((code, transient), CodeOf(new MemoryBudgetException(requested, budget, usedBytes: 20)));

    private static (string Code, bool IsTransient) CodeOf(Exception exception)
    {
        TaskError error = TaskError.From(exception);
        return (error.Code, error.IsTransient);
    }
}
