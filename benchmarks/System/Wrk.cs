using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Gristmill.Benchmarks;

/// <summary>Runs wrk (Debian package wrk) and reads what it says.</summary>
internal static partial class Wrk
{
    public const int Connections = 64;

    public const string GetScript = """
        math.randomseed(os.time())
        request = function() return wrk.format("GET", "/users/" .. math.random(FIRST, LAST)) end
        """;

    public const string CreateScript = """
        wrk.method = "POST"
        wrk.headers["Content-Type"] = "application/json"
        local n = 0
        request = function()
          n = n + 1
          return wrk.format(nil, "/users", nil, '{"name":"Given Family ' .. n .. '","email":"given.family' .. n .. '@example.com"}')
        end
        """;

    public const string BatchScript = """
        wrk.method = "POST"
        wrk.headers["Content-Type"] = "application/json"
        local users = {}
        for i = 1, 1000 do users[i] = '{"name":"Given Family ' .. i .. '","email":"given.family' .. i .. '@example.com"}' end
        local body = "[" .. table.concat(users, ",") .. "]"
        request = function() return wrk.format(nil, "/users/batch", nil, body) end
        """;

    /// <summary>Requests per second. Fails on any answer that is no success.</summary>
    public static double RequestsPerSecond(Uri server, string script, int connections, int seconds)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, script);
            var start = new ProcessStartInfo("wrk", ["-t1", $"-c{connections}", $"-d{seconds}s", "--timeout", "10s", "-s", file, server.AbsoluteUri])
            {
                RedirectStandardOutput = true,
            };
            using Process process = Process.Start(start) ?? throw new InvalidOperationException("wrk did not start.");
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (output.Contains("Non-2xx", StringComparison.Ordinal) || output.Contains("Socket errors", StringComparison.Ordinal))
                throw new InvalidOperationException($"Some requests failed:\n{output}");
            return double.Parse(Rate().Match(output).Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [GeneratedRegex(@"Requests/sec:\s+([0-9.]+)")]
    private static partial Regex Rate();
}
