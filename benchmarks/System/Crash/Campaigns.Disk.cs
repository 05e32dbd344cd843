namespace Gristmill.Crash;

// What becomes of tasks on a disk that loses its power, fails, or has no room.
internal static partial class Campaigns
{
    /// <summary>Takes the power away under load: what was not synced is gone, but for a share that the seed chooses.</summary>
    /// <param name="seed">Chooses.</param>
    /// <param name="strikes">How often.</param>
    /// <param name="settings">Of the silo.</param>
    public static async Task<Verdict> LosePowerAsync(int seed, int strikes, params string[] settings)
    {
        await using var campaign = new Campaign(seed) { Settings = settings };
        PowerLoss disk = await PowerLoss.BuildAsync(campaign.Folder, campaign.Data);
        campaign.Under = disk.PutUnder;
        for (int strike = 0; strike < strikes; strike++)
        {
            await campaign.StartAsync();
            await campaign.RepeatUnknownAsync();
            await campaign.LoadAsync(campaign.Random.Next(50, 300), campaign.Silo.KillAsync);
            disk.Strike(campaign.Random, keptShare: 0.45 * campaign.Random.Next(3));
        }

        campaign.Under = null;
        return await FinishAsync(campaign);
    }

    /// <summary>
    /// Has the disk take no writes under load, then take them again, and kills: what was refused is not there, what was acknowledged is.
    /// </summary>
    /// <param name="seed">Chooses.</param>
    /// <param name="fault">"write": there is no room. "write-error": the disk is at fault.</param>
    public static async Task<Verdict> FailWritesAsync(int seed, string fault)
    {
        await using var campaign = new Campaign(seed);
        FaultyDisk disk = await FaultyDisk.BuildAsync(campaign.Folder);
        campaign.Under = disk.PutUnder;
        await campaign.StartAsync();
        await campaign.LoadAsync(
            campaign.Random.Next(50, 300),
            async () =>
            {
                disk.Fail(fault);
                await campaign.UntilTakenAsync(false);
                disk.Heal(fault);
                await campaign.UntilTakenAsync(true);
            },
            outlives: true);
        await campaign.LoadAsync(campaign.Random.Next(50, 300), campaign.Silo.KillAsync);
        campaign.Under = null;
        return await FinishAsync(campaign);
    }

    /// <summary>
    /// Has a sync fail under load, in turn one of a commit and one of the main file: the process ends by itself. What it had not synced by then is gone,
    /// but for a share that the seed chooses, as a disk may do whose sync has failed; the successor finds what was acknowledged.
    /// </summary>
    public static async Task<Verdict> FailSyncAsync(int seed, int strikes)
    {
        await using var campaign = new Campaign(seed);
        FaultyDisk faults = await FaultyDisk.BuildAsync(campaign.Folder);
        PowerLoss disk = await PowerLoss.BuildAsync(campaign.Folder, campaign.Data);
        campaign.Under = start =>
        {
            faults.PutUnder(start);
            disk.PutUnder(start);
        };
        for (int strike = 0; strike < strikes; strike++)
        {
            string fault = strike % 2 == 0 ? "sync" : "sync-main";
            await campaign.StartAsync();
            await campaign.RepeatUnknownAsync();
            await campaign.LoadAsync(campaign.Random.Next(50, 300), async () =>
            {
                faults.Fail(fault);
                await campaign.UntilEndedAsync();
            });
            if (!campaign.LastErrors.Contains("SQLite could not sync", StringComparison.Ordinal))
                campaign.Log.Fault($"With {fault} failing, the silo ended otherwise: {campaign.LastErrors}");
            faults.Heal(fault);
            disk.Strike(campaign.Random, keptShare: 0.45 * campaign.Random.Next(3));
        }

        campaign.Under = null;
        return await FinishAsync(campaign);
    }
}
