using Gristmill.Benchmarks.GrainCalls;

await GrainCallMeasurement.RunAsync(Console.Out);
