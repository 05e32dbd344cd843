using Npgsql;

namespace Gristmill.Storage.PostgreSql;

/// <summary>Commands with parameters by position. The texts are this assembly's own; what callers say travels as parameters.</summary>
internal static class Commands
{
#pragma warning disable CA2100 // See the summary.
    public static NpgsqlCommand Command(this NpgsqlConnection connection, string sql, params ReadOnlySpan<object?> values)
    {
        var command = new NpgsqlCommand(sql, connection);
        AddAll(command.Parameters, values);
        return command;
    }

    public static void Add(this NpgsqlBatch batch, string sql, params ReadOnlySpan<object?> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        AddAll(command.Parameters, values);
        batch.BatchCommands.Add(command);
    }
#pragma warning restore CA2100

    private static void AddAll(NpgsqlParameterCollection parameters, ReadOnlySpan<object?> values)
    {
        foreach (object? value in values)
            parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value ?? DBNull.Value });
    }
}
