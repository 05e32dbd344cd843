using System.Net;
using System.Text;
using System.Text.Json;

namespace Gristmill.Crash;

/// <summary>The task routes as the campaigns use them.</summary>
internal sealed class TaskClient(HttpClient http)
{
    private const int PageSize = 1_000;
    private const int MostRepeats = 200;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    public static string Task(string kind, string name, string input = "{}", string more = "") =>
        $$"""{"kind":"{{kind}}","input":{{input}},"tags":["{{name}}"]{{more}}}""";

    /// <summary>Sends a submission, and gives what the answer says about it: its id, or null where it was refused or said nothing.</summary>
    /// <exception cref="HttpRequestException">No answer.</exception>
    /// <exception cref="InvalidOperationException">The answer is that the server has a defect.</exception>
    public async Task<(Outcome Outcome, JsonElement Body)> PostAsync(string path, string body, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        using HttpResponseMessage response = await http.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();
        if (response.StatusCode == HttpStatusCode.InternalServerError)
            throw new InvalidOperationException($"{path} was answered 500: {text}");
        JsonElement answer = text.Length == 0 ? default : JsonElement.Parse(text);
        return (OutcomeOf(response.StatusCode, answer), answer);
    }

    /// <summary>The task, or null when there is none.</summary>
    public async Task<JsonElement?> GetAsync(string id)
    {
        using HttpResponseMessage response = await ReadAsync($"/tasks/{id}");
        if (response.StatusCode == HttpStatusCode.NotFound)
            return null;
        response.EnsureSuccessStatusCode();
        return JsonElement.Parse(await response.Content.ReadAsStringAsync());
    }

    /// <summary>All tasks as they are listed, newest first: no results.</summary>
    public async Task<List<JsonElement>> ListAsync(string query = "")
    {
        var tasks = new List<JsonElement>();
        for (string? next = $"/tasks?limit={PageSize}{query}"; next is not null;)
        {
            using HttpResponseMessage response = await ReadAsync(next);
            response.EnsureSuccessStatusCode();
            tasks.AddRange(JsonElement.Parse(await response.Content.ReadAsStringAsync()).EnumerateArray());
            next = response.Headers.TryGetValues("Link", out IEnumerable<string>? links) ? links.Single().Split('>')[0][1..] : null;
        }

        return tasks;
    }

    /// <summary>State, end and result of a task that is over, as one text; null while it is not.</summary>
    public static string? EndingOf(JsonElement task)
    {
        string status = task.GetProperty("status").GetString()!;
        return IsOver(status) ? $"{status} {Time(task)} {ResultOf(task) ?? "nothing"}" : null;

        static string Time(JsonElement task) => task.TryGetProperty("finishedAt", out JsonElement time) ? time.ToString() : "never";
    }

    public static bool IsOver(string status) => status is "succeeded" or "failed" or "cancelled" or "expired";

    public static string? ResultOf(JsonElement task) =>
        task.TryGetProperty("result", out JsonElement result) && result.ValueKind == JsonValueKind.Object && result.TryGetProperty("result", out JsonElement token)
            ? token.GetString()
            : null;

    /// <summary>Asks again while the answer is that this is not possible just now.</summary>
    private async Task<HttpResponseMessage> ReadAsync(string path)
    {
        for (int attempt = 1; ; attempt++)
        {
            HttpResponseMessage response = await http.GetAsync(new Uri(path, UriKind.RelativeOrAbsolute));
            if (response.StatusCode != HttpStatusCode.ServiceUnavailable || attempt == MostRepeats)
                return response;
            response.Dispose();
            await System.Threading.Tasks.Task.Delay(s_pause);
        }
    }

    // A full queue kept nothing. Any other failure of the server's leaves open whether it did.
    private static Outcome OutcomeOf(HttpStatusCode status, JsonElement answer) => (int)status switch
    {
        < 300 => Outcome.Acknowledged,
        < 500 => Outcome.Refused,
        _ when answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("code", out JsonElement code) && code.GetString() == "queue_full" => Outcome.Refused,
        _ => Outcome.Unknown,
    };
}
