using Microsoft.Extensions.Logging;

namespace Gristmill.Storage.Sqlite;

internal sealed partial class SqliteWriter
{
    [LoggerMessage(2001, LogLevel.Error, "A group of {Count} writes failed; nothing of it is stored.")]
    private partial void LogGroupFailed(Exception exception, int count);

    [LoggerMessage(2002, LogLevel.Warning, "COMMIT answered with an error, and reading back showed that it had happened.")]
    private partial void LogCommitSettled(Exception exception);

    [LoggerMessage(2004, LogLevel.Critical, "What is on stable storage is unknown; the process ends so that its restart recovers. {Reason}")]
    private partial void LogEnding(Exception exception, string reason);
}
