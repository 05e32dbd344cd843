using Gristmill.Benchmarks;
using Gristmill.Benchmarks.Kernels;

// Benches are chosen by the start of their name; --kernels alone means all of the kernels'.
var bench = new Bench(args);
if (args.Contains("--kernels"))
    KernelBenches.Run(bench);
