using System.Reflection;

namespace Gristmill.Client.Tests.Tasks;

/// <summary>Something whose every method does the same.</summary>
public class Stub : DispatchProxy
{
    private Func<MethodInfo, object> _answer = null!;

    public static T Of<T>(Func<MethodInfo, object> answer)
        where T : class
    {
        T stub = Create<T, Stub>();
        ((Stub)(object)stub)._answer = answer;
        return stub;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _answer(targetMethod!);
}
