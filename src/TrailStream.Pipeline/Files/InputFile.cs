namespace TrailStream.Pipeline.Files;

/// <summary>One input.</summary>
/// <param name="Path">As the user wrote it or as it was found below what they wrote.</param>
/// <param name="Length">Bytes on disk, for progress.</param>
public sealed record InputFile(string Path, long Length);

/// <summary>An input, or a piece of one, that gave no event.</summary>
/// <param name="Path">The file; <c>-</c> is standard input.</param>
/// <param name="Position">Byte where the piece starts (after decompression); -1 where the whole file is meant.</param>
/// <param name="Reason">snake_case: a <c>DecodeStatus</c>, or <c>unreadable</c>.</param>
/// <param name="Detail">What the operating system or the decompressor said; empty where the reason says it all.</param>
public sealed record InputProblem(string Path, long Position, string Reason, string Detail);

/// <summary>What <see cref="InputFinder"/> found.</summary>
/// <param name="Files">In the order in which they are read: arguments as given, ordinal by path below each.</param>
/// <param name="Problems">Arguments that name nothing, folders that cannot be listed.</param>
/// <param name="Skipped">Files in folders that do not look like CloudTrail.</param>
public sealed record InputList(IReadOnlyList<InputFile> Files, IReadOnlyList<InputProblem> Problems, int Skipped);
