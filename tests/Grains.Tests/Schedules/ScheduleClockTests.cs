using Gristmill.Grains.Schedules;
using Gristmill.Grains.Tasks;

namespace Gristmill.Grains.Tests.Schedules;

public sealed class ScheduleClockTests
{
    [Theory]
    [InlineData(10_005_000)]
    [InlineData(333_333_333)]
    public void Interval_OfFractionsOfAMillisecond_HasTimesThatRowsKeep(long ticks)
    {
        DateTimeOffset start = DateTimeOffset.UnixEpoch;
        var definition = new ScheduleDefinition(new NewTask { Id = default, Kind = "math.add", Input = default }, Every: TimeSpan.FromTicks(ticks));
        var clock = new ScheduleClock(definition, start);
        DateTimeOffset at = start;
        for (int i = 0; i < 100; i++)
        {
            DateTimeOffset next = clock.Next(at)!.Value;
            Assert.Equal(TaskSteps.ToMilliseconds(next), next);
            Assert.True(next - at >= TimeSpan.FromSeconds(1), $"{next:O} follows {at:O}.");
            at = next;
        }
    }
}
