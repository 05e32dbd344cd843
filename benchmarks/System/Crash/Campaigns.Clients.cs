namespace Gristmill.Crash;

// Clients that are many, idle or slow.
internal static partial class Campaigns
{
    private static readonly TimeSpan s_clientPatience = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Loads a silo beside many idle connections and clients that never end their requests: those are cut off, the idle ones are kept and served, and the
    /// others notice nothing.
    /// </summary>
    /// <param name="seed">Chooses.</param>
    /// <param name="connections">That are idle.</param>
    /// <param name="slow">Clients that never end the head of their request, and as many that never end its body.</param>
    public static async Task<Verdict> IdleAsync(int seed, int connections, int slow)
    {
        await using var campaign = new Campaign(seed) { Settings = ["--Gateway:HeadTimeout=00:00:03"] };
        await campaign.StartAsync();
        Uri address = campaign.Silo.Address;
        await campaign.LoadAsync(100, static () => Task.CompletedTask, outlives: true);
        long before = campaign.Silo.WorkingSet;

        using IdleClients idle = await IdleClients.OpenAsync(address, connections);
        long after = campaign.Silo.WorkingSet;
        string head = $"POST /tasks HTTP/1.1\r\nHost: {address.Authority}\r\n";
        string body = head + "Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{";
        Task<string[]> cut = Task.WhenAll(Enumerable.Range(0, 2 * slow).Select(
            i => IdleClients.DribbleAsync(address, i % 2 == 0 ? head + "X-Slow: " : body, s_clientPatience)));
        string note = await campaign.ProbeWhileAsync(() => campaign.LoadAsync(campaign.Random.Next(300, 900), () => cut, outlives: true));
        foreach (string answer in (await cut).Where(static answer => answer.Length > 0 && !answer.Contains(" 408 ", StringComparison.Ordinal)))
            campaign.Log.Fault($"A client that never ended its request was answered '{answer}'.");
        await idle.AskAsync(address, some: 100);

        Verdict verdict = await campaign.CheckAsync();
        return verdict with { Note = $"{idle.Count} idle connections took {(after - before) >> 20} MiB, {2 * slow} slow clients were cut off; {note}" };
    }
}
