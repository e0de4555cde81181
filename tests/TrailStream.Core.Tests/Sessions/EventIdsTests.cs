using System.Runtime.CompilerServices;
using System.Text;
using CsCheck;
using TrailStream.Core.Sessions;
using Xunit;

namespace TrailStream.Core.Tests.Sessions;

public sealed class EventIdsTests
{
    [Fact]
    public void AnyUuid_ComesBack_AndIsOrderedAsItsText() => Gen.Select(Gen.Guid, Gen.Guid).Sample((a, b) =>
    {
        var (textOfA, textOfB) = (a.ToString("D"), b.ToString("D"));
        Assert.True(EventIds.TryParse(Encoding.UTF8.GetBytes(textOfA), out var high, out var low));
        Assert.True(EventIds.TryParse(Encoding.UTF8.GetBytes(textOfB), out var highOfB, out var lowOfB));
        Span<byte> text = stackalloc byte[EventIds.TextLength];
        EventIds.Write(high, low, text);
        Assert.Equal(textOfA, Encoding.UTF8.GetString(text));
        Assert.Equal(Math.Sign(string.CompareOrdinal(textOfA, textOfB)), (high, low).CompareTo((highOfB, lowOfB)));
    });

    [Theory]
    [InlineData("")]
    [InlineData("e-1")]
    [InlineData("0F0E0D0C-0000-4000-8000-000000000000")]
    [InlineData("00000000-0000-0000-8000-000000000001")]
    [InlineData("0f0e0d0c00000-4000-8000-000000000000-")]
    [InlineData("0f0e0d0c-0000-4000-8000-00000000000g")]
    [InlineData("0f0e0d0c-0000-4000-8000-0000000000000")]
    public void WhatIsNoUuidOfAws_IsLeftToBeAText(string id) => Assert.False(EventIds.TryParse(Encoding.UTF8.GetBytes(id), out _, out _));

    /// <summary>Fifty million of them are to fit: a new member must be worth it.</summary>
    [Fact]
    public void Record_Is192Bytes() => Assert.Equal(192, Unsafe.SizeOf<SessionRecord>());
}
