namespace Gristmill;

/// <summary>
/// A computation that may split itself. Implement it on a struct: the compiler then makes code for exactly this type, and neither a split nor
/// its result allocates.
/// </summary>
public interface IForkTask<TResult>
{
    /// <summary>Computes, splitting by <see cref="ForkScope.Join{TFirst, TFirstResult, TSecond, TSecondResult}"/> as it sees fit.</summary>
    TResult Run(ForkScope scope);
}
