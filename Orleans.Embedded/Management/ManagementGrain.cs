namespace Orleans.Runtime;

/// <summary>Answers for the one silo, without an activation: all it says is at hand.</summary>
internal sealed class ManagementGrain(GrainEngine engine, IdSpan key)
    : GrainReference(Share(engine), key), IManagementGrain
{
    private static readonly GrainType s_type = GrainType.Create("management");

    private readonly GrainEngine _engine = engine;

    public Task<Dictionary<SiloAddress, SiloStatus>> GetHosts(bool onlyActive = false)
    {
        SiloStatus status = _engine.Status;
        Dictionary<SiloAddress, SiloStatus> hosts = [];
        if (!onlyActive || status == SiloStatus.Active)
            hosts[_engine.SiloAddress] = status;
        return Task.FromResult(hosts);
    }

    public Task<int> GetTotalActivationCount() => Task.FromResult(_engine.Catalog.Snapshot().Count);

    public Task<SimpleGrainStatistic[]> GetSimpleGrainStatistics() => Task.FromResult(_engine.Catalog.Snapshot()
        .GroupBy(a => a.Class)
        .Select(g => new SimpleGrainStatistic
        {
            GrainType = $"{g.Key.Type.FullName},{g.Key.Type.Assembly.GetName().Name}",
            SiloAddress = _engine.SiloAddress,
            ActivationCount = g.Count(),
        })
        .ToArray());

    public ValueTask<List<GrainId>> GetActiveGrains(GrainType type) =>
        ValueTask.FromResult(_engine.Catalog.Snapshot().Where(a => a.GrainId.Type == type).Select(a => a.GrainId).Distinct().ToList());

    private static GrainReferenceShared Share(GrainEngine engine) =>
        new(engine, s_type, typeof(IManagementGrain), static (shared, key) => new ManagementGrain(shared.Engine, key));

    public Task ForceActivationCollection(TimeSpan ageLimit)
    {
        _engine.Catalog.CollectIdle(ageLimit);
        return Task.CompletedTask;
    }
}
