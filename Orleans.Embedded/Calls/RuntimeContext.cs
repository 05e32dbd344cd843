namespace Orleans.Runtime;

/// <summary>The grain in whose turn the current code runs.</summary>
internal static class RuntimeContext
{
    /// <summary>Null outside of turns: there the current scheduler is no activation.</summary>
    public static Activation? Activation => TaskScheduler.Current as Activation;
}
