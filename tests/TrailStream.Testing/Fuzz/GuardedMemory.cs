using System.Runtime.InteropServices;

namespace TrailStream.Testing.Fuzz;

/// <summary>Memory with a page behind it that nobody may touch, and one before it: bytes put at its end cannot be read beyond without ending the
/// process. On systems without mmap it is ordinary memory, and <see cref="IsGuarded"/> says so.</summary>
public sealed unsafe partial class GuardedMemory : IDisposable
{
    private const int ReadWrite = 3;
    private const int PrivateAnonymous = 0x22;

    private readonly byte* _start;
    private readonly nuint _length;
    private readonly int _page = Environment.SystemPageSize;

    /// <param name="capacity">Room for payloads.</param>
    public GuardedMemory(int capacity)
    {
        var usable = (capacity + _page - 1) / _page * _page;
        Capacity = usable;
        _length = (nuint)(usable + (2 * _page));
        IsGuarded = OperatingSystem.IsLinux();
        if (!IsGuarded)
        {
            _start = (byte*)NativeMemory.AlignedAlloc(_length, (nuint)_page);
            return;
        }

        _start = (byte*)Map(null, _length, ReadWrite, PrivateAnonymous, -1, 0);
        if (_start == (byte*)-1 || Protect(_start, (nuint)_page, 0) != 0 || Protect(_start + _page + usable, (nuint)_page, 0) != 0)
        {
            throw new InvalidOperationException("mmap or mprotect failed.");
        }
    }

    public bool IsGuarded { get; }

    public int Capacity { get; }

    /// <summary>The bytes, ending where the guard begins.</summary>
    public ReadOnlySpan<byte> AtEnd(ReadOnlySpan<byte> bytes)
    {
        var place = new Span<byte>(_start + _page + Capacity - bytes.Length, bytes.Length);
        bytes.CopyTo(place);
        return place;
    }

    public void Dispose()
    {
        if (IsGuarded)
        {
            _ = Unmap(_start, _length);
        }
        else
        {
            NativeMemory.AlignedFree(_start);
        }
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial void* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(void* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* address, nuint length);
}
