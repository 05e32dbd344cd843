using Gristmill;
using Gristmill.Examples.AdvancedFeatures;
using Microsoft.Extensions.DependencyInjection;

await using var models = new ResourcePool<Model>(Model.LoadAsync, new ResourcePoolOptions<Model> { Capacity = 2 });
await using ServiceProvider services = new ServiceCollection()
    .AddSingleton<Gate>()
    .AddSingleton<ShakyDisk>()
    .AddSingleton<IResourcePool<Model>>(models)
    .BuildServiceProvider();

// One worker, so that the order of tasks can be seen.
await using TaskEngine engine = TaskEngine.Create(e => e
    .Workers(1)
    .QueueCapacity(1_000)
    .Services(services)
    .Configure(options => options.RetryDelay = 10.Milliseconds())
    .Decorate("demo.read", read => read.Retry(calls: 3, delay: 1.Milliseconds())));

await PrioritiesAndDeadlinesAsync();
await CancellationAndProgressAsync();
await RetryAsync();
await WorkflowAsync();
await ResourcePoolAsync();

async Task PrioritiesAndDeadlinesAsync()
{
    var gate = services.GetRequiredService<Gate>();
    ValueTask<NoResult> hold = engine.RunAsync(DemoTask.Hold());
    await gate.Reached;

    // All of these wait for the worker, in the wrong order.
    DateTimeOffset now = TimeProvider.System.GetUtcNow();
    List<Task> waiting =
    [
        Queue("priority", "whenever", new TaskRunOptions { Priority = 0 }),
        Queue("priority", "as usual", new TaskRunOptions()),
        Queue("priority", "urgent", new TaskRunOptions { Priority = 9 }),
        Queue("deadline", "by tonight", new TaskRunOptions { Deadline = now + 12.Hours() }),
        Queue("deadline", "within the hour", new TaskRunOptions { Deadline = now + 1.Hours() }),
    ];
    Task late = Queue("deadline", "too late", new TaskRunOptions { Deadline = now });
    gate.Open();
    await hold;
    await Task.WhenAll(waiting);
    Console.WriteLine($"priorities : {gate.OrderOf("priority")}");
    Console.WriteLine($"deadlines  : {gate.OrderOf("deadline")}");

    try
    {
        await late;
    }
    catch (TaskDeadlineException)
    {
        Console.WriteLine("expired    : what came too late never ran");
    }

    Task Queue(string topic, string name, TaskRunOptions options) => engine.RunAsync(DemoTask.Note(topic, name), options).AsTask();
}

async Task CancellationAndProgressAsync()
{
    var progress = new Progress();
    await engine.RunAsync(DemoTask.Walk(steps: 4), new TaskRunOptions { Observer = progress });
    Console.WriteLine($"progress   : {string.Join(" ", progress.Values.Select(value => $"{value:P0}"))}");

    using var cancellation = new CancellationTokenSource();
    var half = new Progress { OnHalf = cancellation.Cancel };
    try
    {
        await engine.RunAsync(DemoTask.Walk(steps: 1_000), new TaskRunOptions { Observer = half }, cancellation.Token);
    }
    catch (OperationCanceledException)
    {
        Console.WriteLine("cancelled  : halfway");
    }
}

async Task RetryAsync()
{
    // Attempts of the task, with a place in the queue each; and calls inside one attempt, by a decorator.
    Console.WriteLine($"retry      : {await engine.RunAsync(DemoTask.Busy())}");
    Console.WriteLine($"decorator  : {await engine.RunAsync(DemoTask.Read())}");
}

async Task WorkflowAsync()
{
    WorkflowBuilder define = Workflow.Define("backwards");
    Output<string[]> words = define.Task("words", DemoTask.Words("work steals workers"));
    Output<string[]> reversed = define.ForEach("reverse", words, word => StringTask.Reverse(word));
    Workflow<string> workflow = define.Task("join", DemoTask.Join(reversed)).Build();

    Console.WriteLine($"workflow   : {await engine.RunAsync(workflow)}");
    Console.WriteLine($"as JSON    : {workflow.ToJson()}");
}

async Task ResourcePoolAsync()
{
    TranslateResult[] results = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => engine.RunAsync(TranslateTask.Create(new TranslateRequest($"text {i}"))).AsTask()));
    Console.WriteLine($"pool       : {results.Length} texts, {(models.Count <= 2 ? "never more than 2" : models.Count)} models");
}

/// <summary>Hears of a task's progress, on the worker that runs it.</summary>
internal sealed class Progress : ITaskRunObserver
{
    public List<double> Values { get; } = [];

    public Action? OnHalf { get; init; }

    public void OnStarted()
    {
    }

    public void OnProgress(double value)
    {
        Values.Add(value);
        if (value >= 0.5)
            OnHalf?.Invoke();
    }
}
