using Gristmill.Client.Hosting;
using Gristmill.Silo;

return await ConsoleHost.RunAsync(() => SiloApplication.Build(args), StartupMessage.Write);
