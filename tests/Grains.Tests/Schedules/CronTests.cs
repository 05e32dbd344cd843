using System.Globalization;
using Gristmill.Grains.Schedules;

namespace Gristmill.Grains.Tests.Schedules;

public sealed class CronTests
{
    [Theory]
    [InlineData("*/15 * * * *", "2026-03-01T12:07:30Z", "2026-03-01T12:15:00Z")]
    [InlineData("0 9 * * MON-FRI", "2026-03-06T10:00:00Z", "2026-03-09T09:00:00Z")]
    [InlineData("0 9 * * 5-7", "2026-03-06T10:00:00Z", "2026-03-07T09:00:00Z")]
    [InlineData("0 0 * * FRI-MON", "2026-03-02T00:00:00Z", "2026-03-06T00:00:00Z")]
    [InlineData("30 6 1,15 * *", "2026-03-01T06:30:00Z", "2026-03-15T06:30:00Z")]
    [InlineData("0 0 13 * FRI", "2026-03-01T00:00:00Z", "2026-03-06T00:00:00Z")]
    [InlineData("0 0 29 FEB *", "2026-03-01T00:00:00Z", "2028-02-29T00:00:00Z")]
    [InlineData("0 12 31 DEC ?", "2026-12-31T12:00:00Z", "2027-12-31T12:00:00Z")]
    [InlineData("*/10 * * * * *", "2026-03-01T12:00:09.5Z", "2026-03-01T12:00:10Z")]
    [InlineData("5/20 3 * * *", "2026-03-01T03:25:00Z", "2026-03-01T03:45:00Z")]
    [InlineData("@daily", "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z")]
    public void Next_InUtc_IsTheNextTime(string cron, string after, string next) =>
        Assert.Equal(At(next), new ZonedCron(CronExpression.Parse(cron), TimeZoneInfo.Utc).Next(At(after)));

    // Berlin: 2026-03-29 from 2:00 to 3:00, 2026-10-25 from 3:00 back to 2:00.
    [Theory]
    [InlineData("30 2 * * *", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z")]
    [InlineData("0,30 2 * * *", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z")]
    [InlineData("30 2 * * *", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z")]
    [InlineData("0 */2 * * *", "2026-03-28T23:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z")]
    [InlineData("30 * * * *", "2026-03-29T00:00:00Z", "2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z")]
    [InlineData("30 * * * *", "2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z")]
    [InlineData("*/30 2 * * *", "2026-10-25T00:15:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z")]
    [InlineData("*/30 2 * * *", "2026-03-29T00:15:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z")]
    public void Next_WhereTheClockIsMoved_NeitherLosesNorRepeats(string cron, string after, string first, string second)
    {
        var zoned = new ZonedCron(CronExpression.Parse(cron), TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"));
        Assert.Equal(At(first), zoned.Next(At(after)));
        Assert.Equal(At(second), zoned.Next(At(first)));
    }

    [Theory]
    [InlineData("0 0 30 2 *", "date that does not exist")]
    [InlineData("0 0 31 4,6,9,11 *", "date that does not exist")]
    [InlineData("* * * *", "4 fields")]
    [InlineData("", "0 fields")]
    [InlineData("60 * * * *", "minute")]
    [InlineData("*/60 * * * *", "minute")]
    [InlineData("*/0 * * * *", "minute")]
    [InlineData("0 0 0 * *", "day of month")]
    [InlineData("0 0 1 13 *", "month")]
    [InlineData("0 0 * * 8", "day of week")]
    [InlineData("0 0 * * MOON", "day of week")]
    [InlineData("1-2-3 * * * *", "minute")]
    [InlineData("1,,2 * * * *", "minute")]
    [InlineData("-5 * * * *", "minute")]
    [InlineData("0 0 L * *", "day of month")]
    public void Parse_OfAnythingElse_SaysWhatIsWrong(string cron, string reason) =>
        Assert.Contains(reason, Assert.Throws<FormatException>(() => CronExpression.Parse(cron)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("Europe/Berlin", 1)]
    [InlineData("America/New_York", 2)]
    [InlineData("Australia/Lord_Howe", 3)]
    [InlineData("America/St_Johns", 4)]
    [InlineData("Pacific/Apia", 5)]
    [InlineData("Asia/Tokyo", 6)]
    public void Next_OfRandomExpressions_IsWhatTryingEveryMinuteFinds(string zone, int seed)
    {
        var random = new Random(seed);
        TimeZoneInfo timeZone = TimeZoneInfo.FindSystemTimeZoneById(zone);
        // The days around every change of the clock in three years, and Samoa's year without a 30th of December.
        DateTimeOffset[] changes = [.. BruteForceCron.ChangesOf(timeZone, 2024, 2027), .. BruteForceCron.ChangesOf(timeZone, 2011, 2012), At("2026-07-01T00:00:00Z")];
        for (int round = 0; round < 150; round++)
        {
            string text = RandomExpression(random);
            CronExpression expression = CronExpression.Parse(text);
            var zoned = new ZonedCron(expression, timeZone);
            DateTimeOffset from = changes[random.Next(changes.Length)].AddMinutes(-random.Next(2_000)), to = from.AddDays(2);

            List<DateTimeOffset> found = [];
            for (DateTimeOffset? next = zoned.Next(from); next < to; next = zoned.Next(next.Value))
                found.Add(next.Value);

            Assert.True(BruteForceCron.Between(text, timeZone, from, to).SequenceEqual(found), $"'{text}' in {zone} from {from:O}");
        }
    }

    private static string RandomExpression(Random random)
    {
        while (true)
        {
            string text = string.Join(' ', Field(0, 59), Field(0, 23), random.Next(4) == 0 ? Field(1, 31) : "*", random.Next(8) == 0 ? Field(1, 12) : "*",
                random.Next(4) == 0 ? Field(0, 7) : "*");
            try
            {
                CronExpression.Parse(text);
                return text;
            }
            catch (FormatException)
            {
                // A date that does not exist.
            }
        }

        string Field(int min, int max) => random.Next(5) switch
        {
            0 => "*",
            1 => $"*/{random.Next(1, max)}",
            2 => $"{random.Next(min, max + 1)}",
            3 => $"{random.Next(min, max + 1)},{random.Next(min, max + 1)}",
            _ => $"{random.Next(min, max + 1)}-{random.Next(min, max + 1)}/{random.Next(1, 10)}",
        };
    }

    private static DateTimeOffset At(string time) => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture);
}
