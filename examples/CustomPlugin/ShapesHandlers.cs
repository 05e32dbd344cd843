using Gristmill;

namespace Acme.Shapes;

/// <summary>The plugin's task kinds. Nothing else is needed to bring them.</summary>
[TaskDefinition("shapes", Timeout = "10s")]
public static partial class ShapesHandlers
{
    /// <summary>Computes the area of a polygon.</summary>
    /// <param name="points">The corners in order, at least three.</param>
    [TaskOperation]
    public static double Area(IReadOnlyList<Point> points)
    {
        if (points.Count < 3)
            throw new InvalidTaskInputException("points", "must have at least 3 corners");
        double twice = 0;
        for (int i = 0; i < points.Count; i++)
        {
            Point a = points[i];
            Point b = points[(i + 1) % points.Count];
            twice += (a.X * b.Y) - (b.X * a.Y);
        }

        return Math.Abs(twice) / 2;
    }
}

public sealed record Point(double X, double Y);
