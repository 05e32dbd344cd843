namespace Gristmill.SourceGenerators.Tests.TaskDefinitions;

public class SnapshotTests
{
    [Theory]
    [InlineData("Sample.MathHandlers.g.cs", Samples.Math)]
    [InlineData("Sample.StringHandlers.g.cs", Samples.Strings)]
    [InlineData("Sample.ThumbnailHandler.g.cs", Samples.Thumbnail)]
    public void Definition_Generated_MatchesSnapshot(string file, string source) =>
        Snapshot.Matches(GeneratorHarness.Generate(GeneratorHarness.Compile(source)).Files[file], file);

    [Fact]
    public void Registration_OfAssembly_MatchesSnapshot() => Snapshot.Matches(
        GeneratorHarness.Generate(GeneratorHarness.Compile(Samples.Math, Samples.Strings, Samples.Thumbnail)).Files["TasksFromSampleApp.g.cs"],
        "TasksFromSampleApp.g.cs");
}
