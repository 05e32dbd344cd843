using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Gristmill.SourceGenerators.Options;

/// <summary>The value of an expression that is known at compile time: a constant, a size (<c>1.MiB()</c>) or a time (<c>30.Seconds()</c>).</summary>
internal static class ConstantValue
{
    public static object? Of(IOperation operation)
    {
        while (operation is IConversionOperation { IsImplicit: true } conversion && !operation.ConstantValue.HasValue)
            operation = conversion.Operand;
        if (operation.ConstantValue is { HasValue: true, Value: { } value })
            return value;
        return operation switch
        {
            IFieldReferenceOperation { Field: { Name: "Zero", ContainingType.Name: "TimeSpan" } } => TimeSpan.Zero,
            IInvocationOperation { TargetMethod: { ContainingType.Name: "Units" or "TimeSpan" } method } call => OfCall(method.Name, call),
            _ => null,
        };
    }

    private static object? OfCall(string method, IInvocationOperation call)
    {
        // TimeSpan.FromSeconds has further parameters that default to 0; only the plain form is read.
        IArgumentOperation[] given = [.. call.Arguments.Where(static a => a.ArgumentKind == ArgumentKind.Explicit)];
        if (given.Length != 1 || Of(given[0].Value) is not { } number)
            return null;
        decimal count = Convert.ToDecimal(number, CultureInfo.InvariantCulture);
        return method switch
        {
            "KiB" => count * 1024,
            "MiB" => count * 1024 * 1024,
            "GiB" => count * 1024 * 1024 * 1024,
            "Milliseconds" or "FromMilliseconds" => Time(count, TimeSpan.TicksPerMillisecond),
            "Seconds" or "FromSeconds" => Time(count, TimeSpan.TicksPerSecond),
            "Minutes" or "FromMinutes" => Time(count, TimeSpan.TicksPerMinute),
            "Hours" or "FromHours" => Time(count, TimeSpan.TicksPerHour),
            "FromDays" => Time(count, TimeSpan.TicksPerDay),
            _ => null,
        };
    }

    private static TimeSpan? Time(decimal count, long unit) =>
        Math.Abs(count) > (decimal)long.MaxValue / unit ? null : new TimeSpan((long)(count * unit));
}
