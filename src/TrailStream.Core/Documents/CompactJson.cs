namespace TrailStream.Core.Documents;

/// <summary>The members of an object, or the elements of an array, of JSON that <see cref="FreeForm"/> has written (well formed, no white
/// space). For use in <c>foreach</c>; nested values are skipped over.</summary>
internal ref struct CompactJson(ReadOnlySpan<byte> container)
{
    private readonly ReadOnlySpan<byte> _json = container;
    private int _at = 1;

    public Item Current { get; private set; }

    public readonly CompactJson GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_at >= _json.Length - 1)
        {
            return false;
        }

        ReadOnlySpan<byte> name = default;
        if (_json[0] == '{')
        {
            var start = _at;
            SkipString();
            name = _json[(start + 1)..(_at - 1)];
            _at++;
        }

        var valueStart = _at;
        SkipValue();
        Current = new Item(name, _json[valueStart.._at]);
        _at++;
        return true;
    }

    private void SkipString()
    {
        for (_at++; ; _at += 2)
        {
            _at += _json[_at..].IndexOfAny((byte)'"', (byte)'\\');
            if (_json[_at] == '"')
            {
                _at++;
                return;
            }
        }
    }

    private void SkipValue()
    {
        var depth = 0;
        while (true)
        {
            switch (_json[_at])
            {
                case (byte)'"':
                    SkipString();
                    break;
                case (byte)'{' or (byte)'[':
                    depth++;
                    _at++;
                    break;
                case (byte)'}' or (byte)']':
                    depth--;
                    _at++;
                    break;
                default:
                    _at++;
                    break;
            }

            if (depth == 0 && _json[_at] is ((byte)',' or (byte)'}' or (byte)']'))
            {
                return;
            }
        }
    }

    /// <summary>A member (with its name) or an element (without).</summary>
    internal readonly ref struct Item(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        public ReadOnlySpan<byte> Name { get; } = name;

        public ReadOnlySpan<byte> Value { get; } = value;

        public bool IsText => Value[0] == '"';

        public ReadOnlySpan<byte> Text => Value[0] == '"' ? Value[1..^1] : default;
    }
}
