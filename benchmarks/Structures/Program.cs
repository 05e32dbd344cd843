using Gristmill.Benchmarks;
using Gristmill.Benchmarks.Kernels;

// Rows are chosen by the start of their name; --kernels means the kernels' rows in place of the structures'.
var bench = new Bench(args);
if (args.Contains("--kernels"))
{
    KernelBenches.Run(bench);
    return;
}

bench.PrintHeader("Structures");
if (bench.Wants("D"))
    QueueBench.Run(bench);
if (bench.Wants("H"))
    SlabBench.Run(bench);
