namespace Gristmill;

/// <summary>
/// A grid of points of the complex plane: the point in row r and column c is (Left + c·Step) + (Top − r·Step)i.
/// </summary>
/// <param name="Left">Real part of the first column; finite.</param>
/// <param name="Top">Imaginary part of the first row; finite.</param>
/// <param name="Step">Distance between neighbours; finite.</param>
/// <param name="Columns">Points in a row.</param>
/// <param name="Rows">Rows.</param>
/// <param name="MaxIterations">Where to stop counting; from 1 to <see cref="MaxMaxIterations"/>.</param>
public readonly record struct MandelbrotGrid(double Left, double Top, double Step, int Columns, int Rows, int MaxIterations)
{
    /// <summary>A point is never interrupted: this bounds what one can take.</summary>
    public const int MaxMaxIterations = 1 << 18;
}
