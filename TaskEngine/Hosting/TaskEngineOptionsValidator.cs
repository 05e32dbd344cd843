using Microsoft.Extensions.Options;

namespace Gristmill;

/// <summary>What the attributes of <see cref="TaskEngineOptions"/> say, and what they cannot. The same for settings and for code.</summary>
internal sealed class TaskEngineOptionsValidator : IValidateOptions<TaskEngineOptions>
{
    public ValidateOptionsResult Validate(string? name, TaskEngineOptions options)
    {
        string[] faults = [.. FaultsOf(options)];
        return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    public static IEnumerable<string> FaultsOf(TaskEngineOptions options)
    {
        const string Section = TaskEngineOptions.Section;
        foreach (string fault in SettingFaults.Of(Section, options))
            yield return fault;
        foreach ((string kind, int limit) in options.ConcurrencyLimits.Where(static limit => limit.Value < 1))
            yield return $"{Section}:{nameof(options.ConcurrencyLimits)}:{kind} is {limit}: use 1 or more, or leave the limit out.";
        if (options.Workers >= 1 && options.MinWorkers is { } least && least > options.Workers)
            yield return $"{Section}:{nameof(options.MinWorkers)} is {least}: use 1 to {options.Workers}, the number of {Section}:{nameof(options.Workers)}, or raise that.";
        if (options.RetryDelay > options.MaxRetryDelay)
            yield return $"{Section}:{nameof(options.RetryDelay)} is {options.RetryDelay}: use {options.MaxRetryDelay}, the {Section}:{nameof(options.MaxRetryDelay)}, or less, or raise that.";
    }
}
