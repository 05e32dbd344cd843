using Gristmill;

await using TaskEngine engine = TaskEngine.Create(e => e.Workers(2).QueueCapacity(1_000).MemoryPool(1.MiB()).WorkStealing().Metrics());

Console.WriteLine($"1 + 2 + 3   = {await engine.RunAsync(MathTask.Add(1, 2, 3))}");
Console.WriteLine($"6 * 7       = {await engine.RunAsync(MathTask.Multiply(6, 7))}");
Console.WriteLine($"20!         = {await engine.RunAsync(MathTask.Factorial(20))}");
Console.WriteLine($"hello back  = {await engine.RunAsync(StringTask.Reverse("hello"))}");
Console.WriteLine($"hello loud  = {await engine.RunAsync(StringTask.Uppercase("hello"))}");

try
{
    await engine.RunAsync(MathTask.Factorial(21));
}
catch (GristmillException failure)
{
    Console.WriteLine($"21!        : {failure.Code}: {failure.Message}");
}

EngineSnapshot snapshot = engine.Snapshot();
Console.WriteLine(
    $"{snapshot.Tasks.Succeeded} succeeded, {snapshot.Tasks.Failed} failed; {snapshot.Totals.Workers} workers ran {snapshot.Totals.Executed} work items, {snapshot.Totals.Stolen} of them stolen");
