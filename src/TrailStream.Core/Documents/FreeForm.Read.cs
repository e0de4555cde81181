using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace TrailStream.Core.Documents;

/// <content>The pass over the source. Room: before each token the JSON buffer can take all of the source that is left, and the Java buffer twice that
/// (<c>[1,2</c> becomes <c>[1, 2</c>), and one vector more; tokens that may grow (escapes, fractions) see to their own room and restore this.</content>
internal sealed unsafe partial class FreeForm
{
    private const int VectorBytes = 32;

    // What one call of Read works on.
    private byte* _at;
    private byte* _end;

    /// <summary>End of the record: vectors may be read up to here.</summary>
    private byte* _readable;

    /// <summary>What became of one value.</summary>
    private enum Outcome : byte
    {
        Kept,
        Dropped,
        Malformed,
    }

    private void MakeRoom()
    {
        var left = (int)(_end - _at);
        _json.Reserve(left + (2 * VectorBytes));
        _java.Reserve((2 * left) + (2 * VectorBytes));
    }

    /// <summary>The next byte that is no white space; 0 at the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte Peek() => _at < _end && *_at > ' ' ? *_at : PeekSlowly();

    private byte PeekSlowly()
    {
        while (_at < _end)
        {
            if (*_at is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
            {
                return *_at;
            }

            _at++;
        }

        return 0;
    }

    private Outcome ReadValue(int depth)
    {
        switch (Peek())
        {
            case (byte)'"':
                return ReadText();
            case (byte)'{':
                return ReadContainer(depth, isObject: true);
            case (byte)'[':
                return ReadContainer(depth, isObject: false);
            case (byte)'n':
                return Take("null"u8) ? Outcome.Dropped : Outcome.Malformed;
            case (byte)'t':
                return ReadWord("true"u8);
            case (byte)'f':
                return ReadWord("false"u8);
            default:
                return ReadNumber();
        }
    }

    /// <summary>Copies the string whose opening quote is at <paramref name="quote"/> to both places, a vector at a time, until one holds a quote, a backslash
    /// or a control.</summary>
    /// <returns>Its length; -1 when it holds an escape, does not end, or ends too near the record's end for vectors: nothing has been taken.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int CopyString(byte* quote, ref byte json, ref byte java)
    {
        var from = quote + 1;
        for (var at = 0; from + at + VectorBytes <= _readable && from + at < _end; at += VectorBytes)
        {
            var bytes = Vector256.Load(from + at);
            bytes.StoreUnsafe(ref json, (nuint)at);
            bytes.StoreUnsafe(ref java, (nuint)at);
            var special = Vector256.Equals(bytes, Vector256.Create((byte)'"')) | Vector256.Equals(bytes, Vector256.Create((byte)'\\'))
                | Vector256.Equals(Vector256.Min(bytes, Vector256.Create((byte)0x1F)), bytes);
            var mask = special.ExtractMostSignificantBits();
            if (mask != 0)
            {
                at += BitOperations.TrailingZeroCount(mask);
                return from[at] == '"' && from + at < _end ? at : -1;
            }
        }

        return -1;
    }

    private Outcome ReadText()
    {
        var length = CopyString(_at, ref _json.Ahead(1), ref _java.Ahead(0));
        if (length is < 0 or > MaxLeafBytes)
        {
            return ReadTextSlowly();
        }

        if (length <= 4 && JsonText.IsEmptyWord(new ReadOnlySpan<byte>(_at + 1, length)))
        {
            _at += length + 2;
            return Outcome.Dropped;
        }

        _json.Ahead(0) = (byte)'"';
        _json.Ahead(length + 1) = (byte)'"';
        _json.Advance(length + 2);
        _java.Advance(length);
        _at += length + 2;
        return Outcome.Kept;
    }

    private Outcome ReadTextSlowly()
    {
        if (!TakeString(out var raw))
        {
            return Outcome.Malformed;
        }

        if (JsonText.IsEmptyWord(raw))
        {
            return Outcome.Dropped;
        }

        _json.Append((byte)'"');
        var start = _json.Length;
        if (JsonText.Append(_json, raw, MaxLeafBytes))
        {
            IsCut = true;
            JsonText.Append(_java, raw, int.MaxValue);
        }
        else
        {
            _java.Append(_json.Written[start..]);
        }

        _json.Append((byte)'"');
        MakeRoom();
        return Outcome.Kept;
    }

    private Outcome ReadWord(ReadOnlySpan<byte> word)
    {
        if (!Take(word))
        {
            return Outcome.Malformed;
        }

        _json.Append(word);
        _java.Append(word);
        return Outcome.Kept;
    }

    private Outcome ReadNumber()
    {
        var source = new Source(new ReadOnlySpan<byte>(_at, (int)(_end - _at)));
        var isNumber = source.TakeNumber(out var raw, out var isInteger);
        _at += raw.Length;
        if (!isNumber)
        {
            return Outcome.Malformed;
        }

        if (raw.Length > MaxNumberBytes)
        {
            _json.Append((byte)'"');
            IsCut |= JsonText.Append(_json, raw, MaxLeafBytes);
            _json.Append((byte)'"');
            _java.Append(raw);
            MakeRoom();
            return Outcome.Kept;
        }

        _json.Append(raw);
        JavaNumber.Append(raw, isInteger, _java);
        if (!isInteger)
        {
            MakeRoom();
        }

        return Outcome.Kept;
    }

    private Outcome ReadContainer(int depth, bool isObject)
    {
        if (depth >= MaxRecursion)
        {
            return Outcome.Malformed;
        }

        int json = _json.Length, java = _java.Length, siblings = _names.Count;
        _json.Append(isObject ? (byte)'{' : (byte)'[');
        _java.Append(isObject ? (byte)'{' : (byte)'[');
        if (!ReadItems(depth, isObject, out var kept))
        {
            return Outcome.Malformed;
        }

        _names.Count = siblings;
        if (kept == 0)
        {
            _json.Truncate(json);
            _java.Truncate(java);
            return Outcome.Dropped;
        }

        _json.Append(isObject ? (byte)'}' : (byte)']');
        _java.Append(isObject ? (byte)'}' : (byte)']');
        if (depth == MaxDepth)
        {
            _json.Truncate(json);
            _json.Append((byte)'"');
            IsCut |= JsonText.Append(_json, _java.Written[java..], MaxLeafBytes);
            _json.Append((byte)'"');
            MakeRoom();
        }

        return Outcome.Kept;
    }

    private bool ReadItems(int depth, bool isObject, out int kept)
    {
        kept = 0;
        _at++;
        var end = isObject ? (byte)'}' : (byte)']';
        if (Peek() == end)
        {
            _at++;
            return true;
        }

        var siblings = _names.Count;
        var filter = 0UL;
        while (true)
        {
            int json = _json.Length, java = _java.Length;
            if (kept > 0)
            {
                _json.Append((byte)',');
                _java.Append(", "u8);
            }

            var outcome = isObject ? ReadMember(depth, siblings, ref filter, json) : ReadValue(depth + 1);
            switch (outcome)
            {
                case Outcome.Kept:
                    kept++;
                    break;
                case Outcome.Dropped:
                    _json.Truncate(json);
                    _java.Truncate(java);
                    break;
                default:
                    return false;
            }

            var next = Peek();
            _at++;
            if (next != ',')
            {
                return next == end;
            }
        }
    }

    private bool Take(ReadOnlySpan<byte> word)
    {
        if (!new ReadOnlySpan<byte>(_at, (int)(_end - _at)).StartsWith(word))
        {
            return false;
        }

        _at += word.Length;
        return true;
    }

    /// <summary>Takes a string; <paramref name="raw"/> is its content between the quotes.</summary>
    private bool TakeString(out ReadOnlySpan<byte> raw)
    {
        var start = ++_at;
        while (_at < _end)
        {
            var found = new ReadOnlySpan<byte>(_at, (int)(_end - _at)).IndexOfAny((byte)'"', (byte)'\\');
            if (found < 0)
            {
                break;
            }

            _at += found;
            if (*_at == '"')
            {
                raw = new ReadOnlySpan<byte>(start, (int)(_at++ - start));
                return true;
            }

            _at += 2;
        }

        raw = default;
        _at = _end;
        return false;
    }
}
