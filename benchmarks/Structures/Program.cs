using Gristmill.Benchmarks;

var bench = new Bench(args);
bench.PrintHeader("Structures");
if (bench.Wants("D"))
    QueueBench.Run(bench);
if (bench.Wants("H"))
    SlabBench.Run(bench);
