using System.Xml.Linq;

namespace Gristmill.Repository.Tests;

public sealed class ProjectReferenceTests
{
    [Fact]
    public void EveryReference_OfEveryProject_IsOneTheHouseAllows()
    {
        string[] objections =
            [.. from project in RepositoryFiles.Projects
                from target in ReferencedRooms(project)
                let objection = House.Objection(RoomOf(project), target)
                where objection is not null
                select $"{project}: {objection}"];

        Assert.Empty(objections);
    }

    [Fact]
    public void EveryPackage_OfEveryProject_IsOneTheRoomMayUse()
    {
        string[] objections =
            [.. from project in RepositoryFiles.Projects
                from package in XDocument.Parse(RepositoryFiles.Read(project)).Descendants("PackageReference").Select(p => p.Attribute("Include")!.Value)
                where !House.MayUse(RoomOf(project), package)
                select $"{project} uses {package}"];

        Assert.Empty(objections);
        Assert.False(House.MayUse("TaskEngine", "Npgsql"));
        Assert.False(House.MayUse("Abstractions", "Polly.Core"));
    }

    [Theory]
    [InlineData("Client", "TaskEngine")]
    [InlineData("Client", "Storage")]
    [InlineData("TaskEngine", "Orleans.Embedded")]
    [InlineData("TaskEngine", "Storage")]
    [InlineData("Grains", "Client")]
    [InlineData("Abstractions", "TaskEngine")]
    [InlineData("Silo", "tests")]
    public void Reference_ThatTheHouseForbids_IsObjectedTo(string from, string to) => Assert.NotNull(House.Objection(from, to));

    [Fact]
    public void EveryProject_IsInTheSolution()
    {
        string solution = RepositoryFiles.Read("Orleans.sln").Replace('\\', '/');
        string[] missing = [.. RepositoryFiles.Projects.Where(project => !solution.Contains($"\"{project}\"", StringComparison.Ordinal))];
        Assert.Empty(missing);
    }

    [Fact]
    public void EveryRoom_IsThere()
    {
        string[] missing = [.. House.Rooms.Where(room => !Directory.Exists(Path.Combine(RepositoryFiles.Root, room)))];
        Assert.Empty(missing);
    }

    private static string RoomOf(string project) => project.Split('/')[0];

    private static IEnumerable<string> ReferencedRooms(string project)
    {
        XDocument file = XDocument.Parse(RepositoryFiles.Read(project));
        string folder = Path.GetDirectoryName(Path.Combine(RepositoryFiles.Root, project))!;
        foreach (XElement reference in file.Descendants("ProjectReference"))
        {
            string target = Path.GetFullPath(Path.Combine(folder, reference.Attribute("Include")!.Value.Replace('\\', '/')));
            yield return RoomOf(Path.GetRelativePath(RepositoryFiles.Root, target).Replace('\\', '/'));
        }

        // GrainApi stands for a reference to the grain engine (Directory.Build.targets).
        if (file.Descendants("GrainApi").Any())
            yield return "Orleans.Embedded";
    }
}
