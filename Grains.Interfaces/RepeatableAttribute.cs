namespace Gristmill.Grains;

/// <summary>The call changes nothing: one whose answer was lost may be made again.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RepeatableAttribute : Attribute;
