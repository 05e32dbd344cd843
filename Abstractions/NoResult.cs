namespace Gristmill;

/// <summary>The result of a task that gives none. In JSON it is the empty object.</summary>
public readonly record struct NoResult;
