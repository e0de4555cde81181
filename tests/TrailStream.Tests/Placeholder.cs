using Xunit;

namespace TrailStream.Placeholder;

public sealed class Placeholder
{
    [Fact]
    public void Builds() => Assert.True(true);
}
