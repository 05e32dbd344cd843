namespace Gristmill;

/// <summary>
/// A grid of points of the complex plane: the point in row r and column c is (Left + c·Step) + (Top − r·Step)i.
/// </summary>
/// <param name="Left">Real part of the first column; finite.</param>
/// <param name="Top">Imaginary part of the first row; finite.</param>
/// <param name="Step">Distance between neighbours; finite.</param>
/// <param name="Columns">Points in a row.</param>
/// <param name="Rows">Rows.</param>
/// <param name="MaxIterations">Where to stop counting; at least 1.</param>
public readonly record struct MandelbrotGrid(double Left, double Top, double Step, int Columns, int Rows, int MaxIterations);
