using System.Reflection;
using Gristmill.Benchmarks;
using Gristmill.Crash;
using Gristmill.Scale;

if (args is ["--baseline", var port])
{
    await BaselineServer.RunAsync(int.Parse(port, System.Globalization.CultureInfo.InvariantCulture));
    return 0;
}

if (args is ["crash", ..])
    return await CrashCommand.RunAsync(args);

if (args is ["scale", ..])
    return ScaleCommand.Run(args);

var bench = new Bench(args);
string engine = Assembly.GetExecutingAssembly().GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "GrainEngine").Value!;
bench.PrintHeader($"System, grain engine {engine}, SQLite with synchronous=FULL, wrk with {Wrk.Connections} connections");
Uri? url = Array.IndexOf(args, "--url") is var at and >= 0 ? new Uri(args[at + 1]) : null;
if (url is null)
{
    await UserBench.RunAsync(bench);
    await TaskBench.RunAsync(bench);
}

await TaskHttpBench.RunAsync(bench, url);
return bench.Finish();
