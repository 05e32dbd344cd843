using Gristmill.Benchmarks;

var bench = new Bench(args);
bench.PrintHeader("Engine");
using Peer? rayon = bench.Wants("A") ? Peer.TryStartRayon() : null;
using Peer? tbb = bench.Wants("A") || bench.Wants("E") ? Peer.TryStartTbb() : null;

if (bench.Wants("A"))
{
    ForkJoinBench.Run(bench, rayon, tbb);
    ForkJoinBench.RunScaling(bench);
}

if (bench.Wants("B1"))
    SpawnBench.RunItems(bench);
if (bench.Wants("B2"))
    SpawnBench.RunTasks(bench);
if (bench.Wants("C1"))
{
    SpawnBench.RunHotFloor(bench);
    SpawnBench.RunHot(bench);
}
if (bench.Wants("C2"))
    SpawnBench.RunCold(bench);
if (bench.Wants("C3"))
    SpawnBench.RunBurst(bench);
if (bench.Wants("E"))
    LoopBench.RunLoop(bench, tbb);
if (bench.Wants("F"))
    LoopBench.RunSkew(bench);
if (bench.Wants("G"))
    DeadlineBench.Run(bench);
if (bench.Wants("I"))
    await EngineBench.RunAsync(bench);
return bench.Finish();
