using System.Buffers;
using Gristmill.Grains.Tasks;

namespace Gristmill.Client.Tasks;

/// <summary>Runs typed requests on the silos, for endpoints of plugins. Nothing of them is stored. Safe from any thread.</summary>
internal sealed class GrainTaskExecutor(SiloDirectory silos, TimeProvider time) : ITaskExecutor
{
    public async ValueTask<TResult> RunAsync<TResult>(TaskRequest<TResult> request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var input = new ArrayBufferWriter<byte>();
        request.WriteInput(input);
        TaskOutcome outcome = await silos.RunAsync(
            new DirectTask(TaskId.New(partition: 0, time), request.Kind.Name, input.WrittenMemory), cancellationToken);

        if (outcome.State == TaskState.Succeeded)
            return request.ReadOutput(outcome.Output.Span);
        cancellationToken.ThrowIfCancellationRequested();
        throw new TaskFailedException(
            outcome.Error ?? new TaskError(ErrorCodes.Internal, $"Task {request.Kind} ended as {outcome.State} without a reason.", IsTransient: false), outcome.State);
    }
}
