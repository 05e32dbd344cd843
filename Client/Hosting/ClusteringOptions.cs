using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.Extensions.Options;

namespace Gristmill.Client.Hosting;

/// <summary>
/// Settings of a cluster, section <c>Cluster</c>: where silos find each other, and gateways the silos. Silo and gateway read the same ones. Used
/// with Microsoft Orleans only.
/// </summary>
public sealed class ClusteringOptions : IValidatableObject
{
    public const string Section = "Cluster";

    /// <summary>
    /// The Redis that keeps the list of silos, as <c>host:port</c> with options of StackExchange.Redis behind commas. Empty, the default: silos and
    /// gateways of this machine find each other by port.
    /// </summary>
    public string Redis { get; set; } = "";

    /// <summary>Which cluster this is; silos and gateways of one cluster name the same. Several may share one Redis.</summary>
    [Required]
    public string ClusterId { get; set; } = "gristmill";

    /// <summary>Which service this is: the same for clusters that share one database, one after the other.</summary>
    [Required]
    public string ServiceId { get; set; } = "gristmill";

    /// <summary>
    /// The IP address at which this silo is reached by the others and by gateways, and on which it listens. Empty, the default: with Redis the first
    /// that this machine has on a network, otherwise 127.0.0.1.
    /// </summary>
    public string AdvertisedAddress { get; set; } = "";

    /// <summary>Where silos talk to each other. Default 11111.</summary>
    [Range(1, 65_535)]
    public int SiloPort { get; set; } = 11_111;

    /// <summary>Where gateways connect: the port that a silo opens and, without Redis, the one that a gateway looks for. Default 30000.</summary>
    [Range(1, 65_535)]
    public int GatewayPort { get; set; } = 30_000;

    /// <summary>
    /// Without Redis: the silo port of the silo of this machine that was started first and keeps the list of silos. Null, the default: this one
    /// is the first.
    /// </summary>
    [Range(1, 65_535)]
    public int? PrimarySiloPort { get; set; }

    /// <summary>
    /// How long a silo may take to answer a probe, and at first how often it is probed. Defaults to 1 s: a silo that hangs is out of the cluster
    /// within three seconds, and so is one that cannot run for as long for another reason.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.2", "00:01:00")]
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Probes in a row that a silo must miss before it is suspected. Default 3.</summary>
    [Range(1, 20)]
    public int MissedProbes { get; set; } = 3;

    /// <summary>
    /// Whether <c>/dashboard</c> shows the Orleans dashboard to callers on this machine. Default false: it measures every grain call, which costs
    /// time. Set it on every silo and on the gateways that show it.
    /// </summary>
    public bool Dashboard { get; set; }

    /// <summary>True when other silos may belong to the cluster: then they share their records.</summary>
    public bool HasOtherSilos() => Redis.Length > 0 || PrimarySiloPort is not null;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (AdvertisedAddress.Length > 0 && !IPAddress.TryParse(AdvertisedAddress, out _))
            yield return new ValidationResult($"{Section}:{nameof(AdvertisedAddress)} is '{AdvertisedAddress}': it must be an IP address.");
        if (Redis.Length > 0 && PrimarySiloPort is not null)
            yield return new ValidationResult($"{Section}:{nameof(PrimarySiloPort)} is for silos without Redis, and {Section}:{nameof(Redis)} is set: leave one out.");
        if (Redis.Length == 0 && AdvertisedAddress.Length > 0)
            yield return new ValidationResult($"{Section}:{nameof(AdvertisedAddress)} needs {Section}:{nameof(Redis)}: without it only this machine's silos form a cluster.");
    }

    /// <summary>Reads and checks the section.</summary>
    /// <exception cref="StartupException">There is no such setting.</exception>
    /// <exception cref="OptionsValidationException">A setting cannot be.</exception>
    public static ClusteringOptions Read(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        SettingNames.Check(configuration, Section, [typeof(ClusteringOptions)]);
        var options = new ClusteringOptions();
        configuration.GetSection(Section).Bind(options);
        ValidateOptionsResult result = new ClusteringOptionsValidator().Validate(name: null, options);
        return result.Failed ? throw new OptionsValidationException(Section, typeof(ClusteringOptions), result.Failures) : options;
    }
}

[OptionsValidator]
internal sealed partial class ClusteringOptionsValidator : IValidateOptions<ClusteringOptions>;
