using Gristmill.Benchmarks;

var bench = new Bench(args);
bench.PrintHeader("Engine");
using Peer? rayon = bench.Wants("A") ? Peer.TryStartRayon() : null;
using Peer? tbb = bench.Wants("A") || bench.Wants("E") ? Peer.TryStartTbb() : null;

if (bench.Wants("A"))
    ForkJoinBench.Run(bench, rayon, tbb);
if (bench.Wants("B"))
    SpawnBench.RunThroughput(bench);
if (bench.Wants("C"))
    SpawnBench.RunLatency(bench);
if (bench.Wants("E"))
    LoopBench.RunLoop(bench, tbb);
if (bench.Wants("F"))
    LoopBench.RunSkew(bench);
if (bench.Wants("G"))
    DeadlineBench.Run(bench);
if (bench.Wants("I"))
    await EngineBench.RunAsync(bench);
