namespace Gristmill.Client.Plugins;

/// <summary>What is wrong with a plugin, in words for its operator. Never leaves the loader.</summary>
internal sealed class PluginException(string message, Exception? innerException = null) : Exception(message, innerException);
