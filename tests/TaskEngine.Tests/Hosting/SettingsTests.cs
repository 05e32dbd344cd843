using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Gristmill.Engine.Tests.Hosting;

/// <summary>A setting that cannot be says so by name, with its value and what to write instead, wherever it comes from.</summary>
public sealed class SettingsTests
{
    [Theory]
    [InlineData("Workers", "0", "TaskEngine:Workers is 0: use 1 to 1024.")]
    [InlineData("MemoryBudgetBytes", "100", "TaskEngine:MemoryBudgetBytes is 100: use 65536 or more.")]
    [InlineData("RetryDelay", "00:00:00", "TaskEngine:RetryDelay is 00:00:00: use 00:00:00.0010000 to 01:00:00.")]
    [InlineData("Name", "", "TaskEngine:Name is '': use 1 to 64 characters.")]
    [InlineData("CircuitBreaker:FailureRatio", "7.5", "TaskEngine:CircuitBreaker:FailureRatio is 7.5: use 0.01 to 1.")]
    [InlineData("MinWorkers", "1000", "TaskEngine:MinWorkers is 1000: use 1 to 4, the number of TaskEngine:Workers, or raise that.")]
    [InlineData("RetryDelay", "00:01:00", "TaskEngine:RetryDelay is 00:01:00: use 00:00:30, the TaskEngine:MaxRetryDelay, or less, or raise that.")]
    [InlineData("ConcurrencyLimits:math.add", "0", "TaskEngine:ConcurrencyLimits:math.add is 0: use 1 or more, or leave the limit out.")]
    public void Setting_OutOfItsRange_IsNamedWithValueAndRemedy(string setting, string value, string expected)
    {
        IConfigurationRoot configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["TaskEngine:Workers"] = "4", [$"TaskEngine:{setting}"] = value })
            .Build();
        using ServiceProvider services = new ServiceCollection().AddTaskEngine(configuration.GetSection("TaskEngine").Bind).BuildServiceProvider();

        var fault = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IOptions<TaskEngineOptions>>().Value);

        Assert.Equal([expected], fault.Failures);
    }

    [Fact]
    public void Builder_WithSeveralFaults_NamesAll()
    {
        int none = 0;
        var fault = Assert.Throws<ArgumentException>(() => TaskEngine.Create(e => e.Workers(none).Lanes(99 + none).Limit("a", none)));

        Assert.Equal(
            "TaskEngine:Workers is 0: use 1 to 1024. TaskEngine:Lanes is 99: use 1 to 10. TaskEngine:ConcurrencyLimits:a is 0: use 1 or more, or leave the limit out.",
            fault.Message);
    }

    [Fact]
    public void Builder_WithoutABreaker_SaysSo() => Assert.Equal(
        "TaskEngine:CircuitBreaker is not set: give it a value.",
        Assert.Throws<ArgumentException>(() => TaskEngine.Create(e => e.Configure(o => o.CircuitBreaker = null!))).Message);

    [Fact]
    public void Decorate_WithAStarInTheMiddle_IsRefused() => Assert.Contains(
        "'math.*d' has a star", Assert.Throws<ArgumentException>(() => TaskEngine.Create(e => e.Decorate("math.*d", _ => { }))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Units_InCode_AndSettings_MakeTheSameOptions()
    {
        IConfigurationRoot configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["TaskEngine:Workers"] = "3",
            ["TaskEngine:QueueCapacity"] = "1000",
            ["TaskEngine:MemoryBudgetBytes"] = "1048576",
            ["TaskEngine:RetryDelay"] = "00:00:30",
        }).Build();
        var bound = new TaskEngineOptions();
        configuration.GetSection("TaskEngine").Bind(bound);
        TaskEngineOptions? built = null;
        await using TaskEngine engine = TaskEngine.Create(
            e => e.Workers(3).QueueCapacity(1_000).MemoryPool(1.MiB()).WorkStealing().Metrics().Configure(o => o.RetryDelay = 30.Seconds()).Configure(o => built = o));

        Assert.Equivalent(bound, built, strict: true);
    }
}
