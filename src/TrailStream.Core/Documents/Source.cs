namespace TrailStream.Core.Documents;

/// <summary>A place in raw JSON that moves forward. Everything read is checked: what lies inside a record's free-form members is the
/// caller's choice.</summary>
internal ref struct Source(ReadOnlySpan<byte> json)
{
    private readonly ReadOnlySpan<byte> _json = json;
    private int _at;

    /// <summary>The next byte that is no white space; 0 at the end.</summary>
    public byte Peek()
    {
        while (_at < _json.Length)
        {
            var value = _json[_at];
            if (value is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
            {
                return value;
            }

            _at++;
        }

        return 0;
    }

    public void Skip(int count) => _at += count;

    public bool Take(ReadOnlySpan<byte> word)
    {
        if (!_json[_at..].StartsWith(word))
        {
            return false;
        }

        _at += word.Length;
        return true;
    }

    /// <summary>Takes a string; <paramref name="raw"/> is its content between the quotes.</summary>
    public bool TakeString(out ReadOnlySpan<byte> raw)
    {
        var start = ++_at;
        while (_at < _json.Length)
        {
            var found = _json[_at..].IndexOfAny((byte)'"', (byte)'\\');
            if (found < 0)
            {
                break;
            }

            _at += found;
            if (_json[_at] == '"')
            {
                raw = _json[start.._at++];
                return true;
            }

            _at += 2;
        }

        raw = default;
        _at = _json.Length;
        return false;
    }

    /// <summary>Takes a number as JSON's grammar has it.</summary>
    public bool TakeNumber(out ReadOnlySpan<byte> raw, out bool isInteger)
    {
        var start = _at;
        isInteger = true;
        if (Is((byte)'-'))
        {
            _at++;
        }

        var leadingZero = Is((byte)'0');
        var digits = Digits();
        var valid = digits > 0 && (!leadingZero || digits == 1);
        if (valid && Is((byte)'.'))
        {
            _at++;
            isInteger = false;
            valid = Digits() > 0;
        }

        if (valid && (Is((byte)'e') || Is((byte)'E')))
        {
            _at++;
            isInteger = false;
            if (Is((byte)'+') || Is((byte)'-'))
            {
                _at++;
            }

            valid = Digits() > 0;
        }

        raw = _json[start..Math.Min(_at, _json.Length)];
        return valid;
    }

    private readonly bool Is(byte value) => _at < _json.Length && _json[_at] == value;

    private int Digits()
    {
        var start = _at;
        while (_at < _json.Length && _json[_at] is >= (byte)'0' and <= (byte)'9')
        {
            _at++;
        }

        return _at - start;
    }
}
