namespace Gristmill.EndToEnd.Tests.Kill;

/// <summary>The checker goes red for each thing that it is there to see.</summary>
public sealed class UserLogTests
{
    private readonly UserLog _log = new();

    public UserLogTests()
    {
        _log.Created(1, "kept/0");
        _log.Created(2, "changing/0");
        _log.Changing(2, "changed");
        _log.Created(3, "deleted/0");
        _log.Changing(3, null);
        _log.Changed(3);
        _log.MaybeCreated("batch", 2);
    }

    [Theory]
    [InlineData("1 kept/0, 2 changing/0")]
    [InlineData("1 kept/0, 2 changed")]
    [InlineData("1 kept/0, 2 changed, 4 batch/0, 5 batch/1")]
    public void Outcome_ThatThePromiseAllows_IsNoFault(string listed)
    {
        _log.Settle(Parse(listed));
        Assert.Empty(_log.Faults);
    }

    [Theory]
    [InlineData("2 changed")] // Lost.
    [InlineData("1 kept/0, 2 other")] // Neither the old nor the new.
    [InlineData("1 kept/0, 2 changed, 3 deleted/0")] // Back again.
    [InlineData("1 kept/0, 2 changed, 4 batch/0")] // Half a batch.
    [InlineData("1 kept/0, 2 changed, 4 phantom/0")]
    public void Outcome_ThatBreaksThePromise_IsAFault(string listed)
    {
        _log.Settle(Parse(listed));
        Assert.NotEmpty(_log.Faults);
    }

    [Fact]
    public void Id_GivenOutTwice_IsAFault()
    {
        _log.Created(1, "again/0");
        Assert.NotEmpty(_log.Faults);
    }

    private static Dictionary<long, string> Parse(string listed) => listed.Split(", ")
        .ToDictionary(user => long.Parse(user.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture), user => user.Split(' ')[1]);
}
