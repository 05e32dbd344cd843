namespace Gristmill.Abstractions.Tests;

public sealed class DurationTests
{
    [Theory]
    [InlineData("30", 30)]
    [InlineData("1.5", 1.5)]
    [InlineData("250ms", 0.25)]
    [InlineData("30s", 30)]
    [InlineData("5m", 300)]
    [InlineData("2h", 7200)]
    [InlineData("1d", 86400)]
    [InlineData("PT30S", 30)]
    [InlineData("1h30m", 5400)]
    [InlineData("PT1H30M", 5400)]
    [InlineData("0", 0)]
    public void Text_InAFormTheApiKnows_IsThatLong(string text, double seconds)
    {
        Assert.True(Duration.TryParse(text, out TimeSpan duration));
        Assert.Equal(TimeSpan.FromSeconds(seconds), duration);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("-1")]
    [InlineData("-PT1S")]
    [InlineData("1e3")]
    [InlineData("1,5")]
    [InlineData("5 m")]
    [InlineData("30m1h")]
    [InlineData("P1M")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("P")]
    [InlineData("PT")]
    [InlineData("P99999999999999999999D")]
    [InlineData("99999999999999999999d")]
    public void Text_InAnotherForm_IsRefused(string text) => Assert.False(Duration.TryParse(text, out _));
}
