namespace TrailStream.Core.Documents;

/// <summary>A place in raw JSON that moves forward over a number. Everything read is checked: what lies inside a record's free-form members is the
/// caller's choice.</summary>
internal ref struct Source(ReadOnlySpan<byte> json)
{
    private readonly ReadOnlySpan<byte> _json = json;
    private int _at;

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
