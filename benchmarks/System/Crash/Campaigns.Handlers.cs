using System.Text.Json;

namespace Gristmill.Crash;

// Handlers that end their process, keep its threads, or never return.
internal static partial class Campaigns
{
    /// <summary>
    /// A task that kills its process, among others that do not: it is given up after three crashes, and they finish.
    /// </summary>
    public static async Task<Verdict> PoisonAsync(int seed)
    {
        const int Crashes = 3;
        await using var campaign = new Campaign(seed);
        await campaign.StartAsync();
        for (int i = 0; i < 40; i++)
            await campaign.SubmitAsync($"bystander{i}", "crash.slow", """{"milliseconds":300}""");
        // Late enough that its acceptance is answered, early enough that the others still run.
        string poison = await campaign.SubmitAsync("poison", "crash.exit", more: ",\"priority\":9,\"delay\":\"300ms\"");
        for (int crash = 0; crash < Crashes; crash++)
        {
            await campaign.UntilEndedAsync();
            await campaign.TryStartAsync();
        }

        Verdict verdict = await campaign.CheckAsync();
        var faults = new List<string>(verdict.Faults);
        JsonElement? task = await campaign.Client.GetAsync(poison);
        int runs = campaign.Executions.Count(execution => execution.Task == poison);
        if (task?.GetProperty("status").GetString() != "failed" || runs != Crashes)
            faults.Add($"The poison ran {runs} times and is {task}.");
        // It runs alone once it has crashed: nobody else loses more than that one run.
        foreach (IGrouping<string, Execution> bystander in campaign.Executions.Where(execution => execution.Task != poison).GroupBy(execution => execution.Task))
        {
            if (bystander.Count() > 2)
                faults.Add($"{bystander.Key} stood by, and ran {bystander.Count()} times.");
        }

        foreach (JsonElement other in (await campaign.Client.ListAsync("&status=failed")).Where(other => other.GetProperty("id").GetString() != poison))
            faults.Add($"{other} stood by, and is given up.");

        return verdict with { Faults = faults };
    }

    /// <summary>
    /// Handlers that keep their threads for a while, half of them in the thread pool too, which requests and grains share, and handlers that never return,
    /// with a thread and without: meanwhile the others run, and those that never return are given up at their time-out, once.
    /// </summary>
    /// <param name="seed">Chooses.</param>
    /// <param name="blocking">Handlers that keep their threads for half a second.</param>
    /// <param name="endless">Handlers of either kind that never return.</param>
    public static async Task<Verdict> HangAsync(int seed, int blocking, int endless)
    {
        await using var campaign = new Campaign(seed);
        await campaign.StartAsync();
        for (int i = 0; i < endless; i++)
        {
            await campaign.SubmitAsync($"endless{i}", "crash.endless", more: ",\"timeout\":\"1s\"");
            await campaign.SubmitAsync($"held{i}", "crash.block", """{"milliseconds":-1}""", ",\"timeout\":\"1s\"");
        }

        string note = await campaign.ProbeWhileAsync(async () =>
        {
            for (int i = 0; i < blocking; i++)
                await campaign.SubmitAsync($"blocks{i}", "crash.block", $$"""{"milliseconds":500,"pool":{{(i % 2 == 0 ? "true" : "false")}}}""");
            await campaign.LoadAsync(campaign.Random.Next(300, 900), static () => Task.CompletedTask, outlives: true);
        });
        Verdict verdict = await campaign.CheckAsync();
        List<string> faults = [.. verdict.Faults];
        List<JsonElement> givenUp = await campaign.Client.ListAsync("&status=failed");
        faults.AddRange(givenUp.Where(static task => task.GetProperty("error").GetProperty("code").GetString() != "timeout").Select(task => $"{task} failed."));
        if (givenUp.Count != 2 * endless)
            faults.Add($"Of {2 * endless} handlers that never return, {givenUp.Count} were given up.");
        return verdict with { Faults = faults, Note = $"{givenUp.Count} handlers given up; {note}" };
    }
}
