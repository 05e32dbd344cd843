using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Gristmill.Repository.Tests;

/// <summary>
/// Finds what is wrong with the types that cross grain calls: each must be immutable and known to the serializer, all the way down.
/// </summary>
internal sealed class WireTypes(Assembly interfaces)
{
    private static readonly HashSet<Type> s_plain =
    [
        typeof(bool), typeof(byte), typeof(short), typeof(int), typeof(long), typeof(ulong), typeof(double), typeof(string), typeof(Guid),
        typeof(TimeSpan), typeof(DateTimeOffset), typeof(UInt128), typeof(CancellationToken),
    ];

    private static readonly HashSet<Type> s_immutableGenerics =
    [
        typeof(Nullable<>), typeof(ImmutableArray<>), typeof(ImmutableDictionary<,>), typeof(ReadOnlyMemory<>), typeof(Task<>), typeof(ValueTask<>),
    ];

    private readonly List<string> _faults = [];
    private readonly HashSet<Type> _seen = [];

    public static IReadOnlyList<string> FaultsOf(Assembly interfaces)
    {
        var check = new WireTypes(interfaces);
        foreach (Type type in interfaces.GetExportedTypes().Where(type => type.IsInterface && typeof(IAddressable).IsAssignableFrom(type)))
            check.CheckInterface(type);
        return check._faults;
    }

    public static IReadOnlyList<string> FaultsOf(Type type)
    {
        var check = new WireTypes(type.Assembly);
        check.CheckType(type);
        return check._faults;
    }

    private void CheckInterface(Type type)
    {
        if (type.GetCustomAttribute<AliasAttribute>() is null)
            _faults.Add($"{type.Name} has no [Alias]");
        foreach (MethodInfo method in type.GetMethods())
        {
            if (method.GetCustomAttribute<AliasAttribute>() is null)
                _faults.Add($"{type.Name}.{method.Name} has no [Alias]");
            CheckType(method.ReturnType);
            foreach (ParameterInfo parameter in method.GetParameters())
                CheckType(parameter.ParameterType);
        }
    }

    private void CheckType(Type type)
    {
        if (!_seen.Add(type) || s_plain.Contains(type) || type.IsEnum || type == typeof(Task) || type == typeof(ValueTask))
            return;
        if (type.IsGenericType && s_immutableGenerics.Contains(type.GetGenericTypeDefinition()))
        {
            foreach (Type argument in type.GetGenericArguments())
                CheckType(argument);
            return;
        }

        if (type.Assembly == typeof(TaskId).Assembly)
            CheckType(SurrogateOf(type));
        else if (type.Assembly == interfaces)
            CheckOwnType(type);
        else
            _faults.Add($"{type} is none of the immutable types that may cross a grain call");
    }

    private Type SurrogateOf(Type type)
    {
        Type? surrogate = interfaces.GetExportedTypes()
            .Where(candidate => candidate.GetCustomAttribute<RegisterConverterAttribute>() is not null)
            .SelectMany(candidate => candidate.GetInterfaces())
            .Where(contract => contract.IsGenericType && contract.GetGenericTypeDefinition() == typeof(IConverter<,>))
            .FirstOrDefault(contract => contract.GetGenericArguments()[0] == type)?.GetGenericArguments()[1];
        if (surrogate is null)
            _faults.Add($"{type.Name} has no converter that says how it crosses a grain call");
        return surrogate ?? typeof(bool);
    }

    private void CheckOwnType(Type type)
    {
        if (type is { IsClass: true, IsSealed: false })
            _faults.Add($"{type.Name} is not sealed");
        Require<GenerateSerializerAttribute>(type);
        Require<ImmutableAttribute>(type);
        Require<AliasAttribute>(type);

        foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
        {
            // The field behind an init-only property of a class is not read-only to reflection; its setter decides below.
            if (!field.IsInitOnly && !field.IsDefined(typeof(CompilerGeneratedAttribute)))
                _faults.Add($"{type.Name}.{field.Name} can be written");
        }

        foreach (PropertyInfo property in type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Where(p => p.Name != "EqualityContract"))
        {
            if (property.SetMethod is { } setter && !setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)))
                _faults.Add($"{type.Name}.{property.Name} can be set");
            if (property.GetMethod!.IsDefined(typeof(CompilerGeneratedAttribute)) && property.GetCustomAttribute<IdAttribute>() is null)
                _faults.Add($"{type.Name}.{property.Name} has no [Id]");
            CheckType(property.PropertyType);
        }
    }

    private void Require<TAttribute>(Type type)
        where TAttribute : Attribute
    {
        if (!type.IsDefined(typeof(TAttribute), inherit: false))
            _faults.Add($"{type.Name} has no [{typeof(TAttribute).Name.Replace("Attribute", "", StringComparison.Ordinal)}]");
    }
}
