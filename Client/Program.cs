using Gristmill.Client.Hosting;

return await ConsoleHost.RunAsync(() => StandaloneGateway.Build(args), StartupMessage.Write);
