using System.Diagnostics.CodeAnalysis;
using Gristmill.Grains.Tasks;
using Gristmill.Storage;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;

namespace Gristmill.Grains.Queues;

/// <summary>
/// Keeps a queue's settings in the store and gives permits to partitions. Before it gives any, it asks every partition what it holds. Reentrant:
/// partitions wait here for permits.
/// </summary>
[Reentrant]
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "The timer goes with the activation.")]
internal sealed class QueueGrain(ITaskStore store, IOptions<TaskOptions> options, TimeProvider time) : Grain, IQueueGrain, IQueuePermitGrain
{
    private readonly Guid _id = Guid.NewGuid();
    private PermitGiver _giver = null!;
    private QueueSettings _settings = null!;
    private IGrainTimer? _timer;
    private Task? _synced;
    private Task _change = Task.CompletedTask;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _giver = new PermitGiver(_id, time);
        await ErrorCallFilter.GuardAsync(async () => _settings = await ReadAsync(cancellationToken));
        _giver.Follow(_settings, isNew: false);
        _timer = this.RegisterGrainTimer(
            _ =>
            {
                Divide();
                return Task.CompletedTask;
            },
            new GrainTimerCreationOptions(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan) { Interleave = true });
    }

    public async Task<QueueInfo> GetAsync(CancellationToken cancellationToken = default)
    {
        QueueLoad[] loads = await Task.WhenAll(Partitions().Select(partition => partition.GetLoadAsync(_settings.Name, cancellationToken)));
        return QueueLoads.Sum(_settings, loads);
    }

    public Task<QueueInfo> PutAsync(QueueLimits limits, CancellationToken cancellationToken = default) =>
        ChangeAsync(settings => settings with { Limits = limits }, cancellationToken);

    public Task<QueueInfo> PauseAsync(CancellationToken cancellationToken = default) =>
        ChangeAsync(settings => settings with { IsPaused = true }, cancellationToken);

    public Task<QueueInfo> ResumeAsync(CancellationToken cancellationToken = default) =>
        ChangeAsync(settings => settings with { IsPaused = false }, cancellationToken);

    public async Task<PermitReply> ExchangeAsync(PermitRequest request)
    {
        if (request.Giver != Guid.Empty && request.Giver != _id && _synced is { IsCompletedSuccessfully: true })
        {
            // The partition was told of another activation after this one told it of itself.
            DeactivateOnIdle();
            throw new UnavailableException($"Another activation gives the permits of queue '{_settings.Name}'.");
        }

        await SyncedAsync();
        if (_settings.Limits.Rate is { } rate)
            DelayDeactivation(rate.Period);
        Task<PermitReply> answer = _giver.Begin(request);
        SetTimer();
        try
        {
            return await answer.WaitAsync(request.Patience, time);
        }
        catch (TimeoutException)
        {
            _giver.GiveUp(request);
            return await answer;
        }
    }

    public Task HurryAsync(int partition, long epoch, long number)
    {
        _giver.Hurry(partition, epoch, number);
        return Task.CompletedTask;
    }

    private async Task<QueueInfo> ChangeAsync(Func<QueueSettings, QueueSettings> change, CancellationToken cancellationToken)
    {
        // One after the other: each builds on what the one before has stored.
        Task before = _change;
        var done = new TaskCompletionSource();
        _change = done.Task;
        try
        {
            await before;
            QueueSettings next = change(_settings) with { Version = _settings.Version };
            if (next != _settings)
                await WriteAsync(next with { Version = _settings.Version + 1 });
            // Also where nothing changes: an earlier change may not have reached every partition.
            await SyncedAsync();
        }
        finally
        {
            done.SetResult();
        }

        return await GetAsync(cancellationToken);
    }

    private async Task WriteAsync(QueueSettings next)
    {
        try
        {
            await store.WriteQueueAsync(StoredQueues.Write(next), CancellationToken.None);
        }
        catch (GristmillException)
        {
            // Another activation has written, or nobody knows: what is stored counts, and whoever asks again builds on that.
            await FollowAsync(await ReadAsync(CancellationToken.None));
            if (_settings != next)
                throw;
            return;
        }

        await FollowAsync(next);
    }

    private Task FollowAsync(QueueSettings settings)
    {
        if (settings == _settings)
            return Task.CompletedTask;
        _settings = settings;
        _giver.Follow(settings, isNew: true);
        _synced = null;
        return SyncedAsync();
    }

    private async Task<QueueSettings> ReadAsync(CancellationToken cancellationToken)
    {
        string name = this.GetPrimaryKeyString();
        StoredQueueSettings? stored = (await store.ReadQueuesAsync(cancellationToken)).FirstOrDefault(queue => queue.Name == name);
        return stored is null ? new QueueSettings(name, new QueueLimits(), IsPaused: false, Version: 0) : StoredQueues.Read(stored);
    }

    /// <summary>Completes when every partition knows the settings, and this grain what every partition holds.</summary>
    private async Task SyncedAsync()
    {
        while (true)
        {
            Task synced = _synced ??= SyncAsync(_settings);
            try
            {
                await synced;
            }
            catch
            {
                if (_synced == synced)
                    _synced = null;
                throw;
            }

            if (_synced == synced)
                return;
        }
    }

    private async Task SyncAsync(QueueSettings settings)
    {
        await Task.WhenAll(Partitions().Select(async (partition, number) =>
        {
            PermitHolding holding = await partition.SyncAsync(settings, _id);
            if (_settings == settings)
                _giver.Hold(number, holding);
        }));
    }

    private void Divide()
    {
        if (_synced is { IsCompletedSuccessfully: false })
            return;
        _giver.Divide();
        SetTimer();
    }

    private void SetTimer() => _timer?.Change(_giver.UntilNextChange(), Timeout.InfiniteTimeSpan);

    private IEnumerable<ITaskQueuePartitionGrain> Partitions() =>
        Enumerable.Range(0, options.Value.Partitions).Select(partition => GrainFactory.GetGrain<ITaskQueuePartitionGrain>(partition));
}
