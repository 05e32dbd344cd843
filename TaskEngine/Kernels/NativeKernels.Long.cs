using System.Runtime.InteropServices;

namespace Gristmill.KernelInterop;

/// <content>Kernels that take long: with progress and cancellation, and with the normal GC transition.</content>
internal sealed unsafe partial class NativeKernels
{
    public override KernelStatus Multiply(
        ReadOnlySpan<double> a, ReadOnlySpan<double> b, Span<double> c, int rows, int inner, int columns, KernelProgress progress)
    {
        if ((rows | inner | columns) < 0)
            return KernelStatus.Dimension;
        using var callback = new Callback(progress);
        fixed (double* x = a, y = b, z = c)
        {
            return NativeMethods.Multiply(
                x, (ulong)a.Length, y, (ulong)b.Length, z, (ulong)c.Length, (ulong)rows, (ulong)inner, (ulong)columns,
                callback.Function, callback.Context);
        }
    }

    public override KernelStatus Sort(Span<long> data, KernelProgress progress)
    {
        using var callback = new Callback(progress);
        fixed (long* x = data)
            return NativeMethods.Sort(x, (ulong)data.Length, callback.Function, callback.Context);
    }

    public override KernelStatus Sort(Span<double> data, KernelProgress progress)
    {
        using var callback = new Callback(progress);
        fixed (double* x = data)
            return NativeMethods.Sort(x, (ulong)data.Length, callback.Function, callback.Context);
    }

    public override KernelStatus Merge(ReadOnlySpan<long> a, ReadOnlySpan<long> b, Span<long> destination)
    {
        fixed (long* x = a, y = b, z = destination)
        {
            return (long)a.Length + b.Length != destination.Length
                ? KernelStatus.Dimension
                : NativeMethods.Merge(x, (ulong)a.Length, y, (ulong)b.Length, z);
        }
    }

    public override KernelStatus Merge(ReadOnlySpan<double> a, ReadOnlySpan<double> b, Span<double> destination)
    {
        fixed (double* x = a, y = b, z = destination)
        {
            return (long)a.Length + b.Length != destination.Length
                ? KernelStatus.Dimension
                : NativeMethods.Merge(x, (ulong)a.Length, y, (ulong)b.Length, z);
        }
    }

    public override KernelStatus CountPrimes(ulong low, ulong high, KernelProgress progress, out ulong result)
    {
        ulong value = 0;
        using var callback = new Callback(progress);
        KernelStatus status = NativeMethods.CountPrimes(low, high, callback.Function, callback.Context, &value);
        result = value;
        return status;
    }

    public override KernelStatus Mandelbrot(MandelbrotGrid grid, int firstRow, Span<uint> counts, KernelProgress progress)
    {
        if (CheckRows(grid, firstRow, counts.Length) is var status and not KernelStatus.Ok)
            return status;
        using var callback = new Callback(progress);
        fixed (uint* c = counts)
        {
            return NativeMethods.Mandelbrot(
                grid.Left, grid.Top, grid.Step, (ulong)grid.Columns, (ulong)firstRow, (ulong)(counts.Length / grid.Columns),
                (uint)grid.MaxIterations, c, (ulong)counts.Length, callback.Function, callback.Context);
        }
    }

    /// <summary>A progress object as native code sees it; null pointers when nobody listens.</summary>
    private readonly ref struct Callback : IDisposable
    {
        private readonly GCHandle _handle;

        public Callback(KernelProgress progress)
        {
            if (!progress.IsWanted)
                return;
            _handle = GCHandle.Alloc(progress);
            Function = &KernelProgress.OnProgress;
        }

        public delegate* unmanaged<nint, double, int> Function { get; }

        public nint Context => _handle.IsAllocated ? GCHandle.ToIntPtr(_handle) : 0;

        public void Dispose()
        {
            if (_handle.IsAllocated)
                _handle.Free();
        }
    }
}
