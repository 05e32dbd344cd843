using System.Text.Json;

namespace Gristmill.Crash;

/// <summary>Campaigns that a test runs shortly and the crash command for as long as it is told.</summary>
internal static partial class Campaigns
{
    /// <summary>Where a silo can be told to end itself: before and after each thing that must not be done twice or be half done.</summary>
    public static IReadOnlyList<string> Failpoints { get; } =
    [
        "enqueue.before-commit", "enqueue.after-commit",
        "lease.before-commit", "lease.after-commit",
        "effect.before", "effect.after",
        "complete.before-commit", "complete.after-commit",
        "acknowledge.before", "acknowledge.after",
    ];

    /// <summary>The setting of a silo whose tasks end with it.</summary>
    public const string InMemory = "--Storage:Provider=Memory";

    /// <summary>Kills the silo under load, again and again, and starts it anew.</summary>
    /// <param name="seed">Chooses.</param>
    /// <param name="kills">How often.</param>
    /// <param name="settings">Of the silo.</param>
    public static async Task<Verdict> KillAsync(int seed, int kills, params string[] settings)
    {
        await using var campaign = new Campaign(seed) { Settings = settings };
        for (int kill = 0; kill < kills; kill++)
        {
            await campaign.StartAsync();
            await campaign.RepeatUnknownAsync();
            await campaign.LoadAsync(campaign.Random.Next(50, 600), campaign.Silo.KillAsync);
        }

        return await FinishAsync(campaign);
    }

    /// <summary>Lets the silo end itself at each named point in turn, at a moment that the seed chooses.</summary>
    public static async Task<Verdict> FailAtEachPointAsync(int seed)
    {
        await using var campaign = new Campaign(seed);
        foreach (string failpoint in Failpoints)
        {
            // What is left from before can take it there before it is ready.
            if (await campaign.TryStartAsync($"{failpoint}:{campaign.Random.Next(1, 60)}"))
                await campaign.LoadAsync(int.MaxValue, campaign.UntilEndedAsync);
            if (!campaign.LastErrors.Contains(failpoint, StringComparison.Ordinal))
                campaign.Log.Fault($"The silo did not end at {failpoint}: {campaign.LastErrors}");
        }

        return await FinishAsync(campaign);
    }

    /// <summary>Sets the wall clock back and forward under load.</summary>
    /// <param name="seed">Chooses.</param>
    /// <param name="jumps">From the machine's time; the last one the furthest ahead, so that whatever waits for a time is due in the end.</param>
    public static async Task<Verdict> JumpAsync(int seed, params TimeSpan[] jumps)
    {
        await using var campaign = new Campaign(seed);
        JumpingClock clock = await JumpingClock.BuildAsync(campaign.Folder);
        campaign.Under = clock.PutUnder;
        await campaign.StartAsync();
        foreach (TimeSpan jump in jumps)
        {
            await campaign.LoadAsync(campaign.Random.Next(100, 300), () => Task.Run(() => clock.Jump(jump)), outlives: true);
        }

        return await campaign.CheckAsync();
    }

    /// <summary>Many posts with one Idempotency-Key while the silo is killed, and as many again: one task.</summary>
    public static async Task<Verdict> OneKeyAsync(int seed, int posts)
    {
        const string Name = "one";
        await using var campaign = new Campaign(seed);
        campaign.Log.Submitting(Name);
        await campaign.StartAsync();
        int kill = campaign.Random.Next(1, posts);
        int answered = 0;
        await PostAllAsync(async () =>
        {
            if (Interlocked.Increment(ref answered) == kill)
                await campaign.Silo.KillAsync();
        });
        await campaign.StartAsync();
        await PostAllAsync(static () => Task.CompletedTask);
        return await campaign.CheckAsync();

        async Task PostAllAsync(Func<Task> then)
        {
            await Task.WhenAll(Enumerable.Range(0, posts).Select(async _ =>
            {
                try
                {
                    (Outcome outcome, JsonElement task) = await campaign.Client.PostAsync("/tasks", TaskClient.Task("crash.append", Name), Name);
                    campaign.Log.Answered(Name, outcome, outcome == Outcome.Acknowledged ? task.GetProperty("id").GetString() : null);
                }
                catch (HttpRequestException)
                {
                    // Killed meanwhile.
                }

                await then();
            }));
        }
    }

    /// <summary>Tells the silo to end while tasks run and wait: they end after the restart, and none has failed or crashed for it.</summary>
    public static async Task<Verdict> TerminateAsync(int seed)
    {
        await using var campaign = new Campaign(seed);
        await campaign.StartAsync();
        for (int i = 0; i < 60; i++)
            await campaign.SubmitAsync($"slow{i}", "crash.slow", $$"""{"milliseconds":{{campaign.Random.Next(1, 400)}}}""");
        campaign.Silo.Terminate();
        int exitCode = await campaign.Silo.ExitCodeAsync();
        if (exitCode != 0)
            campaign.Log.Fault($"The silo ended with {exitCode}: {string.Join('\n', campaign.Silo.ErrorLines)}");

        await campaign.StartAsync();
        Verdict verdict = await campaign.CheckAsync();
        var faults = new List<string>(verdict.Faults);
        foreach (Execution execution in campaign.Executions.Where(execution => execution.Attempt > 1))
            faults.Add($"{execution.Task} has attempt {execution.Attempt}, and none failed.");
        foreach (JsonElement task in await campaign.Client.ListAsync())
        {
            if (task.TryGetProperty("crashes", out JsonElement crashes) && crashes.GetInt32() > 0)
                faults.Add($"{task.GetProperty("id")} counts {crashes} crashes.");
        }

        return verdict with { Faults = faults };
    }

    /// <summary>
    /// Has a share of the store's calls fail under load: not carried out, carried out without an answer, refused, slow, or after somebody else has
    /// opened the partition. With a store that outlives it the silo is killed too, and its successors have the same store.
    /// </summary>
    /// <param name="seed">Chooses, the faults too.</param>
    /// <param name="percent">The share of calls.</param>
    /// <param name="kills">How often the silo is killed; 0 where nothing outlives it.</param>
    /// <param name="settings">Of the silo.</param>
    public static async Task<Verdict> FailStoreAsync(int seed, int percent, int kills, params string[] settings)
    {
        await using var campaign = new Campaign(seed) { Settings = settings };
        campaign.Under = start => TestKinds.AddFaultyStore(start, seed, percent / 100.0);
        await campaign.StartAsync();
        for (int kill = 0; kill < kills; kill++)
        {
            await campaign.LoadAsync(campaign.Random.Next(100, 600), campaign.Silo.KillAsync);
            await campaign.StartAsync();
            await campaign.RepeatUnknownAsync();
        }

        await campaign.LoadAsync(campaign.Random.Next(500, 1_500), static () => Task.CompletedTask, outlives: true);
        await campaign.RepeatUnknownAsync();
        Verdict verdict = await campaign.CheckAsync();

        // A campaign that met no fault shows nothing.
        campaign.Silo.Terminate();
        await campaign.Silo.ExitCodeAsync();
        string dealt = campaign.Silo.ErrorLines.LastOrDefault(TestKinds.IsCountOfFaults) ?? "no store faults are reported";
        return dealt.Any(static c => c is >= '1' and <= '9')
            ? verdict with { Note = dealt }
            : verdict with { Faults = [.. verdict.Faults, $"Nothing was done to the store: {dealt}."] };
    }

    private static async Task<Verdict> FinishAsync(Campaign campaign)
    {
        await campaign.StartAsync();
        await campaign.RepeatUnknownAsync();
        return await campaign.CheckAsync();
    }
}
