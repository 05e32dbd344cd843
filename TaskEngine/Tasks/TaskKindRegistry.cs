using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Gristmill;

/// <summary>The task kinds that an engine knows by name. Immutable; safe from any thread.</summary>
public sealed class TaskKindRegistry
{
    private const int MostSuggestions = 3;

    private readonly FrozenDictionary<string, TaskKind> _byName;

    /// <exception cref="ArgumentException">Two kinds have one name, or one has a time-out that is not more than zero.</exception>
    public TaskKindRegistry(IEnumerable<TaskKind> kinds)
    {
        ArgumentNullException.ThrowIfNull(kinds);
        All = [.. kinds.OrderBy(kind => kind.Name, StringComparer.Ordinal)];
        for (int i = 1; i < All.Length; i++)
        {
            if (All[i].Name == All[i - 1].Name)
                throw new ArgumentException($"Two task kinds are called '{All[i].Name}'.", nameof(kinds));
        }

        foreach (TaskKind kind in All)
            CheckTimeout(kind);
        _byName = All.ToFrozenDictionary(kind => kind.Name, StringComparer.Ordinal);
    }

    /// <summary>All kinds, by name.</summary>
    public ImmutableArray<TaskKind> All { get; }

    public bool TryGet(string name, [NotNullWhen(true)] out TaskKind? kind) => _byName.TryGetValue(name, out kind);

    /// <summary>
    /// Up to three names that <paramref name="name"/> may have been meant for, nearest first: within a third of its length in edits,
    /// or with the same last part.
    /// </summary>
    public ImmutableArray<string> Nearest(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        // Names are short. An endless one has no neighbours and must cost nothing.
        if (name.Length > 200)
            return [];

        int most = Math.Max(2, name.Length / 3);
        string lastPart = name[(name.LastIndexOf('.') + 1)..];
        return
        [
            .. All.Select(kind => (kind.Name, Edits: EditDistance(name.ToLowerInvariant(), kind.Name)))
                .Where(near => near.Edits <= most
                    || (lastPart.Length > 2 && near.Name.EndsWith('.' + lastPart, StringComparison.OrdinalIgnoreCase)))
                .OrderBy(near => near.Edits)
                .ThenBy(near => near.Name, StringComparer.Ordinal)
                .Take(MostSuggestions)
                .Select(near => near.Name),
        ];
    }

    internal static TimeSpan CheckTimeout(TaskKind kind)
    {
        TimeSpan timeout = kind.Timeout;
        return timeout > TimeSpan.Zero
            ? timeout
            : throw new ArgumentException($"The kind '{kind.Name}' has a time-out of {timeout}: use more than zero, or TimeSpan.MaxValue for none.", nameof(kind));
    }

    // Levenshtein, two rows.
    private static int EditDistance(string a, string b)
    {
        var previous = new int[b.Length + 1];
        var current = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
            previous[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                current[j] = Math.Min(replaced, Math.Min(previous[j], current[j - 1]) + 1);
            }

            (previous, current) = (current, previous);
        }

        return previous[b.Length];
    }
}
