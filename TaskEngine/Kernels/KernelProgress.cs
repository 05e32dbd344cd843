using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Gristmill.KernelInterop;

/// <summary>
/// What a long kernel reports to and is stopped by. A kernel calls <see cref="Report"/> every few milliseconds, on the thread
/// that called the kernel. An exception must not cross native code: it is kept, the kernel is stopped, and
/// <see cref="ThrowIfFailed"/> throws it again. One instance serves one call.
/// </summary>
internal sealed class KernelProgress(IProgress<double>? progress, CancellationToken cancellationToken)
{
    private ExceptionDispatchInfo? _failure;

    /// <summary>True when somebody listens or may cancel.</summary>
    public bool IsWanted => progress is not null || cancellationToken.CanBeCanceled;

    /// <summary>Takes progress from 0 to 1; true when the kernel is to stop.</summary>
    public bool Report(double done)
    {
        try
        {
            progress?.Report(done);
            return cancellationToken.IsCancellationRequested;
        }
#pragma warning disable CA1031 // Whatever the caller's code throws is thrown again behind the kernel.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _failure = ExceptionDispatchInfo.Capture(failure);
            return true;
        }
    }

    /// <summary>
    /// Turns <see cref="KernelStatus.Cancelled"/> into the exception behind it, and any other failure into its own.
    /// </summary>
    public void ThrowIfFailed(KernelStatus status, string kernel)
    {
        if (status == KernelStatus.Cancelled)
        {
            _failure?.Throw();
            cancellationToken.ThrowIfCancellationRequested();
        }

        status.ThrowIfFailed(kernel);
    }

    /// <summary>The gm_progress callback; its context is a handle of a <see cref="KernelProgress"/>.</summary>
    [UnmanagedCallersOnly]
    public static int OnProgress(nint context, double done) =>
        ((KernelProgress)GCHandle.FromIntPtr(context).Target!).Report(done) ? 1 : 0;
}
