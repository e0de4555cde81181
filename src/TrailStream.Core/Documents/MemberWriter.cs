namespace TrailStream.Core.Documents;

/// <summary>Writes members of nested JSON objects; objects and arrays that stay empty vanish with their name. Names are given with
/// quotes and colon. Owned by one <see cref="DocumentWriter"/>.</summary>
internal sealed class MemberWriter
{
    private ByteBuffer _output = new(16);

    public ByteBuffer Output => _output;

    public void Begin(ByteBuffer output) => _output = output;

    /// <summary>Writes the name (and the comma before it, where one is due).</summary>
    public void Name(ReadOnlySpan<byte> name)
    {
        Separate();
        _output.Append(name);
    }

    /// <summary>Begins an object or array; <paramref name="nameAndBracket"/> ends with its bracket.</summary>
    /// <returns>The mark for <see cref="Close"/>.</returns>
    public int Open(ReadOnlySpan<byte> nameAndBracket)
    {
        var mark = _output.Length;
        Separate();
        _output.Append(nameAndBracket);
        return mark;
    }

    /// <summary>Ends what <see cref="Open"/> began.</summary>
    public void Close(int mark)
    {
        // A string ends with its quote, so a bracket as the last byte is the one that Open wrote.
        switch (_output.Array[_output.Length - 1])
        {
            case (byte)'{' or (byte)'[':
                _output.Truncate(mark);
                break;
            default:
                _output.Append(IsArray(mark) ? (byte)']' : (byte)'}');
                break;
        }
    }

    /// <summary>A string member from a string's raw content; nothing where it is empty, "-" or "none".</summary>
    public void Text(ReadOnlySpan<byte> name, ReadOnlySpan<byte> raw)
    {
        if (JsonText.IsEmptyWord(raw))
        {
            return;
        }

        Name(name);
        Value(raw);
    }

    /// <summary>A string in quotes, without a name.</summary>
    public void Value(ReadOnlySpan<byte> raw)
    {
        _output.Append((byte)'"');
        JsonText.Append(_output, raw, JsonText.MaxTermBytes);
        _output.Append((byte)'"');
    }

    public void Flag(ReadOnlySpan<byte> name, bool value)
    {
        Name(name);
        _output.Append(value ? "true"u8 : "false"u8);
    }

    public void Time(ReadOnlySpan<byte> name, long milliseconds)
    {
        Name(name);
        _output.Append((byte)'"');
        DocumentTime.Write(milliseconds, _output);
        _output.Append((byte)'"');
    }

    /// <summary>Writes a comma unless an object or array has just begun.</summary>
    public void Separate()
    {
        if (_output.Array[_output.Length - 1] is not ((byte)'{' or (byte)'['))
        {
            _output.Append((byte)',');
        }
    }

    /// <summary>Name and bracket follow the mark: <c>,"name":[</c>. The first bracket behind the mark tells which it is.</summary>
    private bool IsArray(int mark)
    {
        var opening = _output.Written[mark..].IndexOfAny((byte)'{', (byte)'[');
        return _output.Array[mark + opening] == '[';
    }
}
