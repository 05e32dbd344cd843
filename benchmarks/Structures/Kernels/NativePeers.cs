using System.Runtime.InteropServices;

namespace Gristmill.Benchmarks.Kernels;

/// <summary>Libraries of the system that kernels are compared with; null, and a word on what to install, where one is missing.</summary>
internal static unsafe class NativePeers
{
    private const int RowMajor = 101, NoTranspose = 111;

    public static Action<double[], double[], double[], int>? OpenBlas(int threads)
    {
        if (Load("libopenblas.so.0", "libopenblas0") is not { } library)
            return null;
        ((delegate* unmanaged<int, void>)NativeLibrary.GetExport(library, "openblas_set_num_threads"))(threads);
        var multiply = (delegate* unmanaged<int, int, int, int, int, int, double, double*, int, double*, int, double, double*, int, void>)
            NativeLibrary.GetExport(library, "cblas_dgemm");
        return (a, b, c, n) =>
        {
            fixed (double* x = a, y = b, z = c)
                multiply(RowMajor, NoTranspose, NoTranspose, n, n, n, 1, x, n, y, n, 0, z, n);
        };
    }

    public static Func<long, long>? PrimeSieve(int threads)
    {
        if (Load("libprimesieve.so.11", "libprimesieve11") is not { } library)
            return null;
        ((delegate* unmanaged<int, void>)NativeLibrary.GetExport(library, "primesieve_set_num_threads"))(threads);
        var count = (delegate* unmanaged<ulong, ulong, ulong>)NativeLibrary.GetExport(library, "primesieve_count_primes");
        return limit => (long)count(0, (ulong)limit - 1);
    }

    private static nint? Load(string file, string package)
    {
        if (NativeLibrary.TryLoad(file, out nint library))
            return library;
        Console.Error.WriteLine($"Peer {file} is missing; its rows have no baseline. It comes with the Debian package {package}.");
        return null;
    }
}
