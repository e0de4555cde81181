namespace TrailStream.Core.Documents;

/// <summary>Writes members of nested JSON objects from ready-made JSON; objects that stay empty vanish with their name. Owned by one
/// <see cref="StoredRecord"/>.</summary>
internal sealed class RecordWriter
{
    public ByteBuffer Output { get; private set; } = new(16);

    public void Begin(ByteBuffer output) => Output = output;

    /// <summary>Writes the name (and the comma before it, where one is due).</summary>
    public void Name(ReadOnlySpan<byte> name)
    {
        Separate();
        Output.Append(name);
    }

    /// <summary>Begins an object; <paramref name="nameAndBrace"/> ends with its brace.</summary>
    /// <returns>The mark for <see cref="Close"/>.</returns>
    public int Open(ReadOnlySpan<byte> nameAndBrace)
    {
        var mark = Output.Length;
        Separate();
        Output.Append(nameAndBrace);
        return mark;
    }

    /// <summary>Ends what <see cref="Open"/> began.</summary>
    public void Close(int mark)
    {
        // A value ends with its quote or bracket, so a brace that opens as the last byte is the one that Open wrote.
        if (Output.Array[Output.Length - 1] == '{')
        {
            Output.Truncate(mark);
        }
        else
        {
            Output.Append((byte)'}');
        }
    }

    /// <summary>Writes a comma unless an object has just begun.</summary>
    public void Separate()
    {
        if (Output.Array[Output.Length - 1] != '{')
        {
            Output.Append((byte)',');
        }
    }
}
