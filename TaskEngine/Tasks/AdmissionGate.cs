using Gristmill.Scheduling;

namespace Gristmill.Tasks;

/// <summary>Bounds the tasks that wait: full is a refusal, never growth. Safe from any thread.</summary>
internal sealed class AdmissionGate(int capacity)
{
    private PaddedCounter _waiting;

    public int Capacity { get; } = capacity;

    public int Waiting => (int)_waiting.Read();

    public bool TryEnter()
    {
        if (_waiting.Increment() <= Capacity)
            return true;
        _waiting.Decrement();
        return false;
    }

    public void Leave() => _waiting.Decrement();
}
