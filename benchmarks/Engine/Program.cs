using Gristmill.Benchmarks;

var bench = new Bench(args);
bench.PrintHeader("Engine");
using Peer? rayon = bench.Wants("A") ? Peer.TryStartRayon() : null;
using Peer? tbb = bench.Wants("A") || bench.Wants("E") ? Peer.TryStartTbb() : null;

if (bench.Wants("A"))
    ForkJoinBench.Run(bench, rayon, tbb);
