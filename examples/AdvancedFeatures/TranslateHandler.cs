namespace Gristmill.Examples.AdvancedFeatures;

public sealed record TranslateRequest(string Text);

public sealed record TranslateResult(string Text, int Model);

/// <summary>Translates, with one of a few models that are dear to load. Waits, without holding a worker, while all of them are in use.</summary>
[TaskDefinition("demo.translate", Timeout = "1m")]
public sealed partial class TranslateHandler(IResourcePool<Model> models) : ITaskHandler<TranslateRequest, TranslateResult>
{
    public async ValueTask<TranslateResult> HandleAsync(TranslateRequest input, TaskContext context)
    {
        await using IResourceLease<Model> model = await models.RentAsync(context.CancellationToken);
        return new TranslateResult(await model.Resource.TranslateAsync(input.Text), model.Resource.Number);
    }
}

/// <summary>Serves one text at a time.</summary>
public sealed class Model(int number)
{
    private static int s_loaded;

    public int Number => number;

    /// <summary>Texts so far; nobody else uses the model meanwhile.</summary>
    public int Texts { get; private set; }

    public static ValueTask<Model> LoadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(new Model(Interlocked.Increment(ref s_loaded)));
    }

    public async ValueTask<string> TranslateAsync(string text)
    {
        await Task.Yield();
        Texts++;
        return text.ToUpperInvariant();
    }
}
