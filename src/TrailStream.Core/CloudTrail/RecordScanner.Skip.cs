using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace TrailStream.Core.CloudTrail;

/// <content>Walking over values, with their grammar.</content>
public sealed unsafe partial class RecordScanner
{
    /// <summary>Returns behind the value; <paramref name="content"/> is its first byte, for strings the one behind the quote.</summary>
    private byte* SkipValue(byte* at, int depth, out byte* content, out SliceKind kind)
    {
        content = at;
        kind = SliceKind.Missing;
        if (at >= _end)
        {
            return Fail(DecodeStatus.BadJson);
        }

        switch (*at)
        {
            case (byte)'"':
                content = at + 1;
                var end = StringEnd(at + 1, out var escaped);
                kind = escaped ? SliceKind.EscapedString : SliceKind.String;
                return end == null ? null : end + 1;
            case (byte)'{':
                kind = SliceKind.Object;
                return SkipContainer(at, depth);
            case (byte)'[':
                kind = SliceKind.Array;
                return SkipContainer(at, depth);
            default:
                kind = *at switch
                {
                    (byte)'t' => SliceKind.True,
                    (byte)'f' => SliceKind.False,
                    (byte)'n' => SliceKind.Null,
                    _ => SliceKind.Number,
                };
                return SkipScalar(at);
        }
    }

    private byte* SkipWord(byte* at, ReadOnlySpan<byte> word) =>
        _end - at >= word.Length && new ReadOnlySpan<byte>(at, word.Length).SequenceEqual(word) ? at + word.Length : Fail(DecodeStatus.BadJson);

    /// <summary><c>-?(0|[1-9][0-9]*)(.[0-9]+)?([eE][+-]?[0-9]+)?</c></summary>
    private byte* SkipNumber(byte* at)
    {
        at = at < _end && *at == '-' ? at + 1 : at;
        var first = at;
        at = SkipDigits(at);
        if (at == first || (*first == '0' && at - first > 1))
        {
            return Fail(DecodeStatus.BadJson);
        }

        if (at < _end && *at == '.')
        {
            first = at + 1;
            at = SkipDigits(first);
            if (at == first)
            {
                return Fail(DecodeStatus.BadJson);
            }
        }

        if (at < _end && *at is (byte)'e' or (byte)'E')
        {
            at++;
            first = at = at < _end && *at is (byte)'+' or (byte)'-' ? at + 1 : at;
            at = SkipDigits(at);
            if (at == first)
            {
                return Fail(DecodeStatus.BadJson);
            }
        }

        return at;
    }

    private byte* SkipDigits(byte* at)
    {
        while (at < _end && *at is >= (byte)'0' and <= (byte)'9')
        {
            at++;
        }

        return at;
    }

    /// <summary>Walks over an object or array, checking its grammar: what goes on must be well-formed for every reader behind us. Kinds of open
    /// brackets are the bits of one word, the innermost lowest: 1 = object.</summary>
    private byte* SkipContainer(byte* at, int depth)
    {
        ulong open = 0;
        var level = 0;
        while (true)
        {
            // Here `at` stands where a value begins.
            if (at < _end && *at is (byte)'{' or (byte)'[')
            {
                if (++level + depth > DepthMax)
                {
                    return Fail(DecodeStatus.TooDeep);
                }

                var isObject = *at == '{';
                open = (open << 1) | (isObject ? 1UL : 0);
                at = SkipSpace(at + 1);
                if (at < _end && *at != (isObject ? (byte)'}' : (byte)']'))
                {
                    at = isObject ? SkipKey(at) : at;
                    if (at == null)
                    {
                        return null;
                    }

                    continue;
                }
            }
            else
            {
                at = SkipScalar(at);
                if (at == null)
                {
                    return null;
                }

                at = SkipSpace(at);
            }

            // Behind a value, or in an empty container: closing brackets, or a comma.
            while (at < _end && *at == ((open & 1) != 0 ? (byte)'}' : (byte)']'))
            {
                open >>= 1;
                if (--level == 0)
                {
                    return at + 1;
                }

                at = SkipSpace(at + 1);
            }

            if (at >= _end || *at != ',')
            {
                return Fail(DecodeStatus.BadJson);
            }

            at = SkipSpace(at + 1);
            if ((open & 1) != 0)
            {
                at = SkipKey(at);
                if (at == null)
                {
                    return null;
                }
            }
        }
    }

    /// <summary><c>"key" :</c> and the space around it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte* SkipKey(byte* at)
    {
        if (at >= _end || *at != '"')
        {
            return Fail(DecodeStatus.BadJson);
        }

        at = StringEnd(at + 1, out _);
        if (at == null)
        {
            return null;
        }

        at = SkipSpace(at + 1);
        return at < _end && *at == ':' ? SkipSpace(at + 1) : Fail(DecodeStatus.BadJson);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte* SkipScalar(byte* at)
    {
        if (at < _end && *at == '"')
        {
            at = StringEnd(at + 1, out _);
            return at == null ? null : at + 1;
        }

        return at >= _end ? Fail(DecodeStatus.BadJson)
            : *at switch
            {
                (byte)'t' => SkipWord(at, "true"u8),
                (byte)'f' => SkipWord(at, "false"u8),
                (byte)'n' => SkipWord(at, "null"u8),
                _ => SkipNumber(at),
            };
    }

    /// <summary>The closing quote of a string whose first byte is <paramref name="at"/>; null after a failure.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte* StringEnd(byte* at, out bool escaped)
    {
        escaped = false;
        while (at < _end)
        {
            at = NextQuoteOrBackslash(at);
            if (at >= _end)
            {
                break;
            }

            if (*at == '"')
            {
                return at;
            }

            escaped = true;
            at = SkipEscape(at);
            if (at == null)
            {
                return null;
            }
        }

        return Fail(DecodeStatus.BadJson);
    }

    /// <summary><c>\" \\ \/ \b \f \n \r \t</c>, or <c>\u</c> and four hexadecimal digits.</summary>
    private byte* SkipEscape(byte* at)
    {
        if (_end - at < 2)
        {
            return Fail(DecodeStatus.BadJson);
        }

        switch (at[1])
        {
            case (byte)'"' or (byte)'\\' or (byte)'/' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t':
                return at + 2;
            case (byte)'u' when _end - at >= 6 && char.IsAsciiHexDigit((char)at[2]) && char.IsAsciiHexDigit((char)at[3])
                && char.IsAsciiHexDigit((char)at[4]) && char.IsAsciiHexDigit((char)at[5]):
                return at + 6;
            default:
                return Fail(DecodeStatus.BadJson);
        }
    }

    /// <summary>The next <c>"</c> or <c>\</c>, or the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte* NextQuoteOrBackslash(byte* at)
    {
        while (_end - at >= Vector256<byte>.Count)
        {
            var chunk = Vector256.Load(at);
            var hits = (Vector256.Equals(chunk, Vector256.Create((byte)'"')) | Vector256.Equals(chunk, Vector256.Create((byte)'\\')))
                .ExtractMostSignificantBits();
            if (hits != 0)
            {
                return at + BitOperations.TrailingZeroCount(hits);
            }

            at += Vector256<byte>.Count;
        }

        while (at < _end && *at != '"' && *at != '\\')
        {
            at++;
        }

        return at;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte* SkipSpace(byte* at)
    {
        while (at < _end && *at <= ' ' && *at is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
        {
            at++;
        }

        return at;
    }
}
