using Gristmill.Client.Hosting;
using Gristmill.Client.Tests.Tasks;
using Orleans.Messaging;

namespace Gristmill.Client.Tests.Hosting;

public sealed class KnownGatewaysTests
{
    [Fact]
    public async Task ListThatIsLost_LeavesTheGatewaysThatItNamedLast()
    {
        Uri first = new("gwy.tcp://127.0.0.1:1/0"), second = new("gwy.tcp://127.0.0.1:2/0");
        IList<Uri> listed = [];
        var known = new KnownGateways(Stub.Of<IGatewayListProvider>(_ => Task.FromResult(listed)));
        Assert.Empty(await known.GetGateways());

        listed = [first];
        Assert.Equal([first], await known.GetGateways());
        listed = [];
        Assert.Equal([first], await known.GetGateways());
        listed = [second];
        Assert.Equal([second], await known.GetGateways());
    }
}
