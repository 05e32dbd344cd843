using System.Diagnostics;
using System.Text.Json;

namespace Gristmill.Crash;

// What becomes of a data directory whose files are damaged while no silo runs.
internal static partial class Campaigns
{
    private const string Paused = ",\"queue\":\"held\"";

    private static readonly string[] s_states = ["scheduled", "queued", "running", "succeeded", "failed", "cancelled", "expired"];

    /// <summary>
    /// Damages a data directory that has tasks in every state. A damaged main file is refused by its name and left as it is; a log that is damaged at
    /// one place loses what was committed from there on, which the verdict counts, and nothing before it.
    /// </summary>
    /// <param name="seed">Chooses.</param>
    /// <param name="damages">Of the main file, one after the other.</param>
    public static async Task<Verdict> DamageFilesAsync(int seed, int damages)
    {
        // A task that is meant to run on is not to be waited for long.
        await using var campaign = new Campaign(seed) { Settings = ["--Gateway:GracePeriod=00:00:02"] };
        await campaign.StartAsync();
        await FillAsync(campaign);
        campaign.Silo.Terminate();
        await campaign.Silo.ExitCodeAsync();

        string database = Directory.EnumerateFiles(campaign.Data, "*.db").Single();
        byte[] sound = await File.ReadAllBytesAsync(database);
        for (int i = 0; i < damages; i++)
            await RefuseAsync(campaign, database, DamagedFile.OfMain(sound, i, campaign.Random));
        await File.WriteAllBytesAsync(database, sound);
        return await LoseLogAsync(campaign, database + "-wal", $"{damages} damaged main files, each refused and left as it was");
    }

    /// <summary>Loads a silo, and leaves tasks in every state that there is.</summary>
    private static async Task FillAsync(Campaign campaign)
    {
        await campaign.Client.PostAsync("/queues/held/pause", "{}");
        await campaign.LoadAsync(campaign.Random.Next(100, 300), static () => Task.CompletedTask, outlives: true);
        await campaign.SubmitAsync("waits", "crash.append", more: ",\"delay\":\"1h\"");
        await campaign.SubmitAsync("held", "crash.append", more: Paused);
        await campaign.SubmitAsync("fails", "crash.append", """{"failures":1}""", ",\"maxAttempts\":1");
        // One that has passed when it arrives is refused.
        for (int seconds = 1; !await ExpireAsync(seconds); seconds *= 2)
        {
        }

        string cancelled = await campaign.SubmitAsync("cancelled", "crash.append", more: Paused);
        await campaign.Client.PostAsync($"/tasks/{cancelled}/cancel", "{}");
        await UntilAsync(campaign, "expired");
        await campaign.SubmitAsync("runs", "crash.slow", """{"milliseconds":30000}""");
        foreach (string state in s_states)
            await UntilAsync(campaign, state);

        async Task<bool> ExpireAsync(int seconds) =>
            await campaign.TrySubmitAsync($"expires{seconds}", "crash.append", more: $"{Paused},\"deadline\":\"{DateTimeOffset.UtcNow.AddSeconds(seconds):O}\"") is not null;
    }

    private static async Task UntilAsync(Campaign campaign, string state)
    {
        long start = Stopwatch.GetTimestamp();
        while ((await campaign.Client.ListAsync($"&status={state}")).Count == 0)
        {
            if (Stopwatch.GetElapsedTime(start) > TimeSpan.FromMinutes(3))
                throw new TimeoutException($"No task became {state} within 3 minutes.");
            await Task.Delay(20);
        }
    }

    private static async Task RefuseAsync(Campaign campaign, string database, (string What, byte[] Content) damaged)
    {
        await File.WriteAllBytesAsync(database, damaged.Content);
        if (await campaign.TryStartAsync())
        {
            await campaign.Silo.KillAsync();
            campaign.Log.Fault($"With {damaged.What}, {database} was taken.");
            foreach (string beside in Directory.EnumerateFiles(campaign.Data, Path.GetFileName(database) + "-*"))
                File.Delete(beside);
            return;
        }

        if (!campaign.LastErrors.Contains("ended with 1 ", StringComparison.Ordinal) || !campaign.LastErrors.Contains(database, StringComparison.Ordinal))
            campaign.Log.Fault($"With {damaged.What}, {database} was refused otherwise than by its name: {campaign.LastErrors}");
        if (!(await File.ReadAllBytesAsync(database)).AsSpan().SequenceEqual(damaged.Content))
            campaign.Log.Fault($"With {damaged.What}, {database} was refused, and changed.");
    }

    private static async Task<Verdict> LoseLogAsync(Campaign campaign, string log, string note)
    {
        const int Tasks = 30;
        await campaign.StartAsync();
        var written = new (string Task, long Before, long After)[Tasks];
        for (int i = 0; i < Tasks; i++)
        {
            long before = LengthOf(log);
            written[i] = (await campaign.SubmitAsync($"logged{i}", "crash.append", more: Paused), before, LengthOf(log));
        }

        await campaign.Silo.KillAsync();
        if (written.Any(each => each.After <= each.Before))
            throw new InvalidOperationException("The log was moved into the main file meanwhile: this campaign does not know any more what it has.");
        long place = campaign.Random.NextInt64(written[1].After, LengthOf(log));
        string damage = DamagedFile.OfLog(log, place, campaign.Random);

        await campaign.StartAsync();
        int gone = 0;
        foreach ((string task, long before, long after) in written)
        {
            bool isThere = await campaign.Client.GetAsync(task) is not null;
            gone += isThere ? 0 : 1;
            if (after <= place && !isThere)
                campaign.Log.Fault($"{task} lies before the place at which the log is damaged, and is gone ({damage}).");
            else if (before >= place && isThere)
                campaign.Log.Fault($"{task} lies behind the place at which the log is damaged, and is there ({damage}).");
        }

        await campaign.Client.PostAsync("/queues/held/resume", "{}");
        // What would wait or run too long.
        foreach (string state in (string[])["scheduled", "running"])
        {
            foreach (JsonElement task in await campaign.Client.ListAsync($"&status={state}"))
                await campaign.Client.PostAsync($"/tasks/{task.GetProperty("id").GetString()}/cancel", "{}");
        }

        Verdict verdict = await campaign.CheckAsync();
        if (verdict.Lost != gone)
            return verdict with { Faults = [.. verdict.Faults, $"The checker says that {verdict.Lost} are lost; with the log {gone} went."] };
        // That many are expected: the log's contract ends where its checksums do.
        return verdict with
        {
            Faults = [.. verdict.Faults.Where(fault => !fault.StartsWith(Checker.LostMark, StringComparison.Ordinal))],
            Note = $"{note}; log {damage}, the {gone} commits from there on lost",
        };
    }

    private static long LengthOf(string file) => File.Exists(file) ? new FileInfo(file).Length : 0;
}
