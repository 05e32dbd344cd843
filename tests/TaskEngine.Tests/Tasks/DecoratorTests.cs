using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gristmill.Engine.Tests.Tasks;

public sealed class DecoratorTests
{
    [Fact]
    public async Task Decorators_OfAKind_GoAroundTypedAndEncodedTasksFromOutsideIn()
    {
        var calls = new ConcurrentQueue<string>();
        var kind = new LambdaKind("test.decorated", (_, _) =>
        {
            calls.Enqueue("handler");
            return new(7);
        });
        await using TaskEngine engine = TaskEngine.Create(e => e.Workers(1).Kinds(kind)
            .Decorate("test.*", all => all.Use(new Noting("outer", calls)))
            .Decorate("test.decorated", one => one.Use(new Noting("inner", calls)))
            .Decorate("other", other => other.Use(new Noting("other", calls))));

        Assert.Equal(7, await Within.Time(engine.RunAsync(new LambdaRequest(kind, 0)), "the typed task"));
        Assert.Equal(TaskState.Succeeded, (await Within.Time(engine.RunAsync("test.decorated", new TaskPayload("0"u8.ToArray()), TaskRunOptions.Default), "the encoded task")).State);

        string[] once = ["outer", "inner", "handler", "inner end", "outer end"];
        Assert.Equal([.. once, .. once], calls);
    }

    [Fact]
    public async Task Retry_OfAFailureThatMayPass_CallsAgainInsideOneAttempt()
    {
        int calls = 0;
        var kind = new LambdaKind("test.shaky", (_, context) => ++calls < 3 ? throw new IOException("a hiccup") : new(context.Attempt));
        await using TaskEngine engine = TaskEngine.Create(e => e.Workers(1).Decorate("test.shaky", k => k.Retry(3, 1.Milliseconds())));

        Assert.Equal(1, await Within.Time(engine.RunAsync(new LambdaRequest(kind, 0)), "the third call"));
        Assert.Equal(3, calls);
    }

    [Fact]
    public async Task Retry_OfAFailureThatStays_GivesTheLastOne()
    {
        int calls = 0;
        var kind = new LambdaKind("test.broken", (_, _) => throw new IOException($"call {++calls}"));
        await using TaskEngine engine = TaskEngine.Create(e => e.Workers(1).Decorate("test.broken", k => k.Retry(2, 1.Milliseconds())));

        Assert.Equal("call 2", (await Assert.ThrowsAsync<IOException>(() => Within.Time(engine.RunAsync(new LambdaRequest(kind, 0)), "the failure"))).Message);
    }

    [Fact]
    public async Task Retry_OfAFailureOfAnotherSort_DoesNotCallAgain()
    {
        int calls = 0;
        var kind = new LambdaKind("test.wrong", (_, _) => throw new ArgumentException($"call {++calls}"));
        await using TaskEngine engine = TaskEngine.Create(e => e.Workers(1).Decorate("test.wrong", k => k.Retry(5, 1.Milliseconds())));

        await Assert.ThrowsAsync<ArgumentException>(() => Within.Time(engine.RunAsync(new LambdaRequest(kind, 0)), "the failure"));
        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task Metrics_OfAKind_CountAttemptsByOutcome()
    {
        var counted = new ConcurrentDictionary<string, long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Name == "gristmill.attempt.count")
                l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, count, tags, _) =>
        {
            var values = tags.ToArray().ToDictionary(static tag => tag.Key, static tag => (string)tag.Value!);
            counted.AddOrUpdate($"{values["gristmill.kind"]} {values["gristmill.outcome"]}", count, (_, before) => before + count);
        });
        listener.Start();
        var kind = new LambdaKind("test.counted", (input, _) => input == 0 ? new(1) : throw new OverflowException());
        await using TaskEngine engine = TaskEngine.Create(e => e.Workers(1).Decorate("test.counted", k => k.Metrics()));

        await Within.Time(engine.RunAsync(new LambdaRequest(kind, 0)), "the success");
        await Assert.ThrowsAsync<OverflowException>(() => Within.Time(engine.RunAsync(new LambdaRequest(kind, 1)), "the failure"));

        Assert.Equal(1, counted["test.counted succeeded"]);
        Assert.Equal(1, counted["test.counted overflow"]);
    }

    [Fact]
    public async Task Logging_ByTheHost_NamesKindAndOutcome()
    {
        var lines = new Lines();
        var services = new ServiceCollection().AddLogging(l => l.AddProvider(lines)).AddTaskEngine(o => o.Workers = 1)
            .DecorateTasks("math.*", k => k.Logging());
        await using ServiceProvider provider = services.BuildServiceProvider();
        TaskEngine engine = provider.GetRequiredService<TaskEngine>();

        await Within.Time(engine.RunAsync(MathTask.Add(1, 2)), "the sum");
        await Assert.ThrowsAnyAsync<Exception>(() => Within.Time(engine.RunAsync(MathTask.Factorial(21)), "the overflow"));

        Assert.Contains(lines.All, static line => line.StartsWith("Information math.add", StringComparison.Ordinal) && line.Contains("succeeded", StringComparison.Ordinal));
        Assert.Contains(lines.All, static line => line.StartsWith("Warning math.factorial", StringComparison.Ordinal) && line.Contains("failed", StringComparison.Ordinal));
    }

    private sealed class Noting(string name, ConcurrentQueue<string> calls) : ITaskDecorator
    {
        public async ValueTask<T> InvokeAsync<T>(TaskKind kind, TaskContext context, Func<ValueTask<T>> next)
        {
            calls.Enqueue(name);
            T result = await next();
            calls.Enqueue($"{name} end");
            return result;
        }
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> All { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Enqueue($"{logLevel} {formatter(state, exception)}");

        public void Dispose()
        {
        }
    }
}
