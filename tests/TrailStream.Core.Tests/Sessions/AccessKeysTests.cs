using TrailStream.Core.Sessions;
using Xunit;

namespace TrailStream.Core.Tests.Sessions;

public sealed class AccessKeysTests
{
    [Fact]
    public void TemporaryKeys_AreExact()
    {
        Assert.Equal(new Key80(1, 0), AccessKeys.Parse("ASIAAAAAAAAAAAAAAAAB"u8));
        Assert.Equal(new Key80(ulong.MaxValue, ushort.MaxValue), AccessKeys.Parse("ASIA7777777777777777"u8));
        Assert.NotEqual(AccessKeys.Parse("ASIAIOSFODNN7EXAMPLE"u8), AccessKeys.Parse("AKIAIOSFODNN7EXAMPLE"u8));
    }

    [Fact]
    public void OtherText_IsNoKey()
    {
        Assert.Equal(default, AccessKeys.Parse(""u8));
        Assert.Equal(default, AccessKeys.Parse("ASIA"u8));
        Assert.Equal(default, AccessKeys.Parse("ASIAaaaaaaaaaaaaaaaa"u8));
        Assert.Equal(default, AccessKeys.Parse("AROAIOSFODNN7EXAMPLE"u8));
        Assert.Equal(default, AccessKeys.Parse("HIDDEN_DUE_TO_SECURITY_REASONS"u8));
    }

    [Fact]
    public void AnonymisedKeys_AreHashed()
    {
        Assert.NotEqual(default, AccessKeys.Parse("ASIA0189018901890189"u8));
        Assert.NotEqual(AccessKeys.Parse("ASIA0189018901890189"u8), AccessKeys.Parse("ASIA0189018901890180"u8));
    }
}
