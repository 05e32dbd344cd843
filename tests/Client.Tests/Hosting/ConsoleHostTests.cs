using Gristmill.Client.Hosting;

namespace Gristmill.Client.Tests.Hosting;

public sealed class ConsoleHostTests
{
    [Fact]
    public void ClusterThatCannotBeJoined_IsOneLine_AndADefectIsNone()
    {
        Assert.Equal("The cluster cannot be joined: Nobody answers.", ConsoleHost.Explain(new OrleansException("Nobody answers.")));
        Assert.Null(ConsoleHost.Explain(new InvalidOperationException("A defect.")));
    }
}
