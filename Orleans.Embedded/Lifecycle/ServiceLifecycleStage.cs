namespace Orleans;

/// <summary>The stages of a silo's lifecycle.</summary>
public static class ServiceLifecycleStage
{
    public const int First = int.MinValue;

    /// <summary>From here on the silo takes calls.</summary>
    public const int RuntimeInitialize = 2_000;

    public const int RuntimeServices = 4_000;

    public const int RuntimeStorageServices = 6_000;

    public const int RuntimeGrainServices = 8_000;

    public const int ApplicationServices = 10_000;

    public const int BecomeActive = Active - 1;

    /// <summary>Startup tasks run here.</summary>
    public const int Active = 20_000;

    public const int Last = int.MaxValue;
}
