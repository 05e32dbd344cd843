using System.Text.Json;
using System.Text.RegularExpressions;

namespace Gristmill.SourceGenerators.Tests.TaskDefinitions;

/// <summary>docs/task-definitions.md shows code that compiles, and says what it does.</summary>
public class DocumentationTests
{
    private static readonly string s_page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "task-definitions.md"));

    private static readonly Lazy<Sample> s_sample = new(static () => GeneratorHarness.Load(
        [.. Regex.Matches(s_page, "```csharp\n(.*?)```", RegexOptions.Singleline).Select(static m => m.Groups[1].Value)]));

    [Fact]
    public async Task Examples_Compiled_DoWhatThePageSays()
    {
        Assert.Equal("""{"result":2}""", await s_sample.Value.RunAsync("stats.mean", """{"values":[1,2,3]}"""));
        Assert.Equal("""{"result":168}""", await s_sample.Value.RunAsync("stats.primes", """{"limit":1000}"""));
        Assert.Equal("images", s_sample.Value.Kind("image.thumbnail").Queue);

        var gallery = (Workflow)s_sample.Value.Assembly.GetType("Workflows")!.GetMethod("Gallery")!.Invoke(null, null)!;
        Assert.Equal(["plan", "thumbnail", "total"], gallery.Tasks.Select(static t => t.Name));
        string shown = Regex.Match(s_page, "```json\n(.*?)```", RegexOptions.Singleline).Groups[1].Value;
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(shown), JsonElement.Parse(gallery.ToJson())), gallery.ToJson());
    }

    [Fact]
    public async Task TableOfWrongInput_Tried_IsTrue()
    {
        MatchCollection rows = Regex.Matches(s_page, @"^\| `(\{.*?\})` \| `(.+?)` \| (.+?) \|$", RegexOptions.Multiline);
        Assert.True(rows.Count >= 4);
        foreach (Match row in rows)
        {
            InvalidTaskInputException refusal = await s_sample.Value.RefuseAsync("stats.mean", row.Groups[1].Value);
            (string field, string reason) = Assert.Single(refusal.Fields);
            Assert.Equal((row.Groups[2].Value, row.Groups[3].Value), (field, reason));
        }
    }
}
