using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Gristmill.TestKinds;

/// <summary>
/// Where handlers write that they have begun: the file that the environment variable GRISTMILL_LEDGER names. One line is one write to a file that
/// is open for appending, so lines of many threads and processes never mix, and a process that is killed takes none with it. Safe from any thread.
/// </summary>
internal static partial class Ledger
{
    public const string Variable = "GRISTMILL_LEDGER";

    private const int WriteOnly = 1;
    private const int Create = 0x40;
    private const int Append = 0x400;
    private const int UserOnly = 0x180;

    private static readonly Lazy<int> s_file = new(Open);

    /// <summary>Writes "TASK ATTEMPT EPOCH PROCESS TIMESTAMP TOKEN" and returns the token, which is never the same twice.</summary>
    public static string Write(TaskContext context)
    {
        string token = Guid.NewGuid().ToString("N");
        string line = string.Create(
            CultureInfo.InvariantCulture,
            $"{context.Id} {context.Attempt} {context.Epoch} {Environment.ProcessId} {Stopwatch.GetTimestamp()} {token}\n");
        byte[] bytes = Encoding.ASCII.GetBytes(line);
        if (Write(s_file.Value, bytes, bytes.Length) != bytes.Length)
            throw new IOException($"The ledger took no line: error {Marshal.GetLastPInvokeError()}.");
        return token;
    }

    private static int Open()
    {
        string path = Environment.GetEnvironmentVariable(Variable) ?? throw new InvalidOperationException($"{Variable} is not set.");
        int file = Open(path, WriteOnly | Create | Append, UserOnly);
        return file >= 0 ? file : throw new IOException($"{path} cannot be opened: error {Marshal.GetLastPInvokeError()}.");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int file, byte[] bytes, nint count);
}
