namespace Gristmill;

/// <summary>Fractals.</summary>
[TaskDefinition("fractal")]
public static partial class FractalHandlers
{
    private const int MaxPoints = 1 << 22;

    /// <summary>
    /// Counts the iterations until each point of a grid leaves the Mandelbrot circle, row by row. Reports progress and can be
    /// cancelled.
    /// </summary>
    [TaskOperation]
    public static uint[] Mandelbrot(
        double left, double top, double step, int columns, int rows, IProgress<double> progress, CancellationToken cancellationToken,
        int maxIterations = 1000)
    {
        if (columns < 1 || rows < 1 || Math.BigMul(rows, columns) > MaxPoints)
            throw new InvalidTaskInputException("columns", $"times rows must be from 1 to {MaxPoints}.");
        if (maxIterations is < 1 or > MandelbrotGrid.MaxMaxIterations)
            throw new InvalidTaskInputException("maxIterations", $"must be from 1 to {MandelbrotGrid.MaxMaxIterations}.");
        uint[] counts = new uint[rows * columns];
        ParallelKernels.Mandelbrot(new MandelbrotGrid(left, top, step, columns, rows, maxIterations), counts, progress, cancellationToken);
        return counts;
    }
}
