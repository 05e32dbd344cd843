namespace Gristmill.Engine.Tests.Scheduling;

/// <summary>Fibonacci numbers by splitting all the way down.</summary>
internal readonly struct Fib(int n) : IForkTask<long>
{
    public long Run(ForkScope scope)
    {
        if (n < 2)
            return n;
        scope.Join<Fib, long, Fib, long>(new Fib(n - 1), new Fib(n - 2), out long a, out long b);
        return a + b;
    }
}
