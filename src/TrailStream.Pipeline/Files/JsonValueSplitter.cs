using System.Buffers;

namespace TrailStream.Pipeline.Files;

internal enum SplitOutcome : byte
{
    /// <summary>A value stands between <c>start</c> and <c>start + length</c>.</summary>
    Value = 0,

    /// <summary>Present the bytes after <c>consumed</c> again, with more behind them.</summary>
    NeedMore,

    /// <summary>Everything has been handed out.</summary>
    End,

    /// <summary>The input ends inside an array.</summary>
    CutShort,
}

/// <summary>Cuts a text of any length into values that the decoder can take one by one, without ever holding more than one: NDJSON,
/// pretty-printed or concatenated objects, the elements of a top-level array and of <c>{"Records":[…]}</c>; any other text line by line
/// (base64). It finds ends, it does not validate: what is no JSON is cut out as a value too, and the decoder refuses it. A value that
/// breaks off does not take those behind it with it.</summary>
internal sealed class JsonValueSplitter
{
    /// <summary>A first line longer than this is cut by its structure: it may be gigabytes of objects in a row.</summary>
    private const int LineBytesMax = 256 * 1024;

    /// <summary>White space in front of and inside <c>{"Records":[</c> beyond this is no S3 file that anybody writes.</summary>
    private const int PrefixBytesMax = 256;

    private static readonly SearchValues<byte> InText = SearchValues.Create("\"\\\n"u8);
    private static readonly SearchValues<byte> InStructure = SearchValues.Create("\"{}[]"u8);
    private static readonly SearchValues<byte> Between = SearchValues.Create([0x20, 0x09, 0x0D, 0x0A, (byte)',', 0x1E, 0]);

    private Container _container;
    private State _state;
    private int _scanned;
    private int _depth;
    private bool _inString;

    private enum Container : byte
    {
        None,
        Array,
        Records,
    }

    private enum State : byte
    {
        /// <summary>Before a value.</summary>
        Between,

        /// <summary>In an object, counting brackets.</summary>
        Structure,

        /// <summary>In something else, up to its delimiter.</summary>
        Token,

        /// <summary>Behind the array of Records, up to the end of its object.</summary>
        Tail,
    }

    /// <summary>Finds the next value in <paramref name="data"/>, whose start is where the last call's <paramref name="consumed"/>
    /// ended.</summary>
    /// <param name="data">Everything that was read and not consumed.</param>
    /// <param name="final">Nothing will follow.</param>
    /// <param name="start">Where the value starts.</param>
    /// <param name="length">Its length.</param>
    /// <param name="consumed">What need not be presented again.</param>
    public SplitOutcome Next(ReadOnlySpan<byte> data, bool final, out int start, out int length, out int consumed)
    {
        consumed = 0;
        while (true)
        {
            start = consumed;
            length = 0;
            var rest = data[consumed..];
            switch (_state)
            {
                case State.Between:
                    var skip = rest.IndexOfAnyExcept(Between);
                    consumed += skip < 0 ? rest.Length : skip;
                    if (skip < 0)
                    {
                        return !final ? SplitOutcome.NeedMore : _container == Container.None ? SplitOutcome.End : EndInside();
                    }

                    if (!Begin(rest[skip..], final, ref consumed))
                    {
                        return SplitOutcome.NeedMore;
                    }

                    break;
                case State.Tail:
                    // Nothing of it is handed out, so that it is not kept either.
                    var closed = Scan(rest, out var tail);
                    consumed += closed ? tail : final ? rest.Length : _scanned;
                    _scanned = 0;
                    if (!closed)
                    {
                        return final ? SplitOutcome.CutShort : SplitOutcome.NeedMore;
                    }

                    _state = State.Between;
                    break;
                default:
                    if (!End(rest, out length, out var next))
                    {
                        if (!final)
                        {
                            return SplitOutcome.NeedMore;
                        }

                        // The decoder says what is wrong with it; the container around it need not be reported too.
                        _container = Container.None;
                        (length, next) = (rest.Length, rest.Length);
                    }

                    consumed += next;
                    _scanned = 0;
                    _state = State.Between;
                    return SplitOutcome.Value;
            }
        }
    }

    /// <summary>Of the bytes presented last and not consumed, the number that need not be presented again because the value they belong
    /// to is given up. Its end is still found and handed out as a value, which the caller discards.</summary>
    public int Drop()
    {
        var dropped = _scanned;
        _scanned = 0;
        return dropped;
    }

    private SplitOutcome EndInside()
    {
        _container = Container.None;
        return SplitOutcome.CutShort;
    }

    /// <summary>At the first byte of a value: opens containers, chooses how to find the end.</summary>
    private bool Begin(ReadOnlySpan<byte> data, bool final, ref int consumed)
    {
        _scanned = 0;
        _depth = 0;
        _inString = false;
        var first = data[0];
        if (_container != Container.None)
        {
            if (first == (byte)']')
            {
                consumed++;
                _state = _container == Container.Records ? State.Tail : State.Between;
                _depth = 1;
                _container = Container.None;
                return true;
            }

            _state = first is (byte)'{' or (byte)'[' ? State.Structure : State.Token;
            return true;
        }

        if (first == (byte)'[')
        {
            consumed++;
            _container = Container.Array;
            return true;
        }

        if (first != (byte)'{')
        {
            _state = State.Token;
            return true;
        }

        var prefix = RecordsPrefix(data);
        if (prefix < 0 && !final && data.Length < PrefixBytesMax)
        {
            return false;
        }

        if (prefix > 0)
        {
            consumed += prefix;
            _container = Container.Records;
            return true;
        }

        _state = State.Structure;
        return true;
    }

    /// <summary>Length of <c>{"Records":[</c> with white space anywhere between; 0 when the text is something else, -1 when it may
    /// still become that.</summary>
    private static int RecordsPrefix(ReadOnlySpan<byte> data)
    {
        var i = 0;
        foreach (var part in (ReadOnlySpan<byte>)"{R:["u8)
        {
            while (i < data.Length && data[i] is 0x20 or 0x09 or 0x0D or 0x0A)
            {
                i++;
            }

            var word = part == (byte)'R' ? "\"Records\""u8 : [part];
            var rest = data[Math.Min(i, data.Length)..];
            if (!rest.StartsWith(word))
            {
                return word.StartsWith(rest) ? -1 : 0;
            }

            i += word.Length;
        }

        return i;
    }

    private bool End(ReadOnlySpan<byte> data, out int length, out int next)
    {
        bool found;
        if (_state == State.Structure)
        {
            if (_scanned == 0 && _depth == 0 && _container == Container.None && LineEnd(data, out length, out next))
            {
                return true;
            }

            found = Scan(data, out length);
        }
        else
        {
            var quoted = _container != Container.None && (_inString || data[0] == (byte)'"');
            found = quoted ? StringEnd(data, out length) : TokenEnd(data, out length);
        }

        next = length;
        return found;
    }

    /// <summary>The end of a scalar in an array, or of a line elsewhere.</summary>
    private bool TokenEnd(ReadOnlySpan<byte> data, out int length)
    {
        var rest = data[_scanned..];
        var found = _container == Container.None ? rest.IndexOf((byte)'\n') : rest.IndexOfAny((byte)',', (byte)']', (byte)'\n');
        length = _scanned + found;
        _scanned = data.Length;
        return found >= 0;
    }

    private bool StringEnd(ReadOnlySpan<byte> data, out int length)
    {
        var i = _inString ? _scanned : 1;
        _inString = true;
        while (data[i..].IndexOfAny(InText) is >= 0 and var found)
        {
            i += found;
            length = data[i] == (byte)'"' ? i + 1 : i;
            if (data[i] != (byte)'\\')
            {
                return true;
            }

            if (i + 1 >= data.Length)
            {
                _scanned = i;
                return false;
            }

            i += 2;
        }

        length = 0;
        _scanned = data.Length;
        return false;
    }

    /// <summary>NDJSON without counting brackets: one search for the line feed instead of one stop at every quote. A line that starts
    /// with an object, and is followed by a line that does, is a value of its own: in JSON no <c>{</c> follows anything but <c>[ ,
    /// :</c>, and no string holds a raw line feed.</summary>
    private static bool LineEnd(ReadOnlySpan<byte> data, out int length, out int next)
    {
        length = 0;
        next = 0;
        var feed = data[..Math.Min(data.Length, LineBytesMax)].IndexOf((byte)'\n');
        if (feed < 0 || feed + 1 >= data.Length || data[feed + 1] != (byte)'{')
        {
            return false;
        }

        var line = data[..feed].TrimEnd(" \t\r"u8);
        if (line[^1] is (byte)'[' or (byte)',' or (byte)':')
        {
            return false;
        }

        length = line.Length;
        next = feed + 1;
        return true;
    }

    /// <summary>Counts brackets from where the last call stopped.</summary>
    private bool Scan(ReadOnlySpan<byte> data, out int length)
    {
        var i = _scanned;
        length = 0;
        while (true)
        {
            var found = data[i..].IndexOfAny(_inString ? InText : InStructure);
            if (found < 0)
            {
                _scanned = data.Length;
                return false;
            }

            i += found;
            switch (data[i])
            {
                case (byte)'"':
                    _inString = !_inString;
                    break;
                case (byte)'\\':
                    if (i + 1 >= data.Length)
                    {
                        _scanned = i;
                        return false;
                    }

                    i++;
                    break;
                case (byte)'\n':
                    // No string holds a raw line feed: the value broke off here.
                    length = i;
                    return true;
                case (byte)'{' when _depth > 0 && BreaksOffBefore(data[..i]):
                    length = i;
                    return true;
                case (byte)'{' or (byte)'[':
                    _depth++;
                    break;
                default:
                    if (--_depth == 0)
                    {
                        length = i + 1;
                        return true;
                    }

                    break;
            }

            i++;
        }
    }

    /// <summary>In JSON an inner object follows only <c>[ , :</c>; after anything else the value before it broke off.</summary>
    private static bool BreaksOffBefore(ReadOnlySpan<byte> before)
    {
        var last = before.Length - 1;
        while (last >= 0 && before[last] is 0x20 or 0x09 or 0x0D or 0x0A)
        {
            last--;
        }

        return last >= 0 && before[last] is not ((byte)'[' or (byte)',' or (byte)':');
    }
}
