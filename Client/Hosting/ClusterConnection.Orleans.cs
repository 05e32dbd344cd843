using System.Net;
using Orleans.Clustering.Redis;
using Orleans.Configuration;
using StackExchange.Redis;

namespace Gristmill.Client.Hosting;

/// <summary>What silos and gateways configure alike to find each other.</summary>
public static class ClusterConnection
{
    public static void Name(this ClusteringOptions cluster, ClusterOptions options)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentNullException.ThrowIfNull(options);
        options.ClusterId = cluster.ClusterId;
        options.ServiceId = cluster.ServiceId;
    }

    /// <exception cref="StartupException">The setting is no address of a Redis.</exception>
    public static void ConnectRedis(this ClusteringOptions cluster, RedisClusteringOptions options)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentNullException.ThrowIfNull(options);
        options.ConfigurationOptions = Parse(cluster.Redis);
        options.CreateMultiplexer = ConnectAsync;
    }

    private static ConfigurationOptions Parse(string redis)
    {
        try
        {
            return ConfigurationOptions.Parse(redis);
        }
        catch (ArgumentException exception)
        {
            // The setting may hold a password: only what is wrong with it is said.
            throw new StartupException($"Cluster:Redis cannot be used: {exception.Message}", exception);
        }
    }

    private static string NameOf(EndPoint endpoint) => endpoint is DnsEndPoint dns ? $"{dns.Host}:{dns.Port}" : endpoint.ToString()!;

    private static async Task<(IConnectionMultiplexer Multiplexer, bool IsShared)> ConnectAsync(RedisClusteringOptions options)
    {
        ConfigurationOptions redis = options.ConfigurationOptions!;
        try
        {
            return (await ConnectionMultiplexer.ConnectAsync(redis), false);
        }
        catch (RedisConnectionException exception)
        {
            throw new StartupException($"Cluster:Redis ({string.Join(", ", redis.EndPoints.Select(NameOf))}) cannot be reached: {exception.FailureType}.", exception);
        }
    }
}
