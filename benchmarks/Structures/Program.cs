using Gristmill.Benchmarks;
using Gristmill.Benchmarks.Grains;
using Gristmill.Benchmarks.Kernels;

// Rows are chosen by the start of their name; --kernels means the kernels' rows in place of the structures', --grains those of
// grain calls.
var bench = new Bench(args);
if (args.Contains("--kernels"))
{
    KernelBenches.Run(bench);
    return bench.Finish();
}

if (args.Contains("--grains"))
{
    await GrainBench.RunAsync(bench);
    return bench.Finish();
}

bench.PrintHeader("Structures");
if (bench.Wants("D"))
    QueueBench.Run(bench);
if (bench.Wants("H"))
    SlabBench.Run(bench);
return bench.Finish();
