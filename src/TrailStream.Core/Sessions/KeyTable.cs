using System.Numerics;
using System.Runtime.InteropServices;

namespace TrailStream.Core.Sessions;

/// <summary>An 80-bit key (an access key's 16 base32 characters, or a 64-bit hash with a tag).</summary>
internal readonly record struct Key80(ulong Low, ushort High);

/// <summary>80-bit key → 32-bit reference, in unmanaged memory: open addressing with linear probing, 16-byte slots
/// (8 bytes low, 2 bytes high, 2 bytes unused, 4 bytes reference; reference 0 = empty), deletion by moving later entries back, so that
/// no tombstones pile up in a window that slides for ever. 256 shards by hash, so that one growth copies 1/256 of the table:
/// at 20 M sessions about 110,000 slots, 1–2 ms. A shard grows by a quarter, so that the load is between 0.6 and 0.75 at every size: 21 to 27 bytes a key.
/// Guarded by the index lock.</summary>
internal sealed unsafe class KeyTable : IDisposable
{
    private const int ShardCount = 256;
    private const int FirstCapacity = 64;
    private readonly Shard[] _shards = new Shard[ShardCount];
    private readonly ulong _seed;

    public KeyTable(ulong seed)
    {
        _seed = seed;
        for (var i = 0; i < ShardCount; i++)
        {
            _shards[i].Slots = Allocate(FirstCapacity);
            _shards[i].Capacity = FirstCapacity;
        }
    }

    public int Count { get; private set; }

    public long Bytes { get; private set; }

    /// <summary>The reference of a key, or 0.</summary>
    public int Find(Key80 key)
    {
        var hash = Hash(key);
        ref var shard = ref _shards[hash >> 56];
        for (var i = Place(hash, shard.Capacity); ; i = Next(i, shard.Capacity))
        {
            var slot = shard.Slots + i;
            if (slot->Reference == 0)
            {
                return 0;
            }

            if (slot->Low == key.Low && slot->High == key.High)
            {
                return slot->Reference;
            }
        }
    }

    /// <summary>Sets or replaces the reference (not 0) of a key.</summary>
    public void Set(Key80 key, int reference)
    {
        var hash = Hash(key);
        ref var shard = ref _shards[hash >> 56];
        if ((shard.Count + 1) * 4 > shard.Capacity * 3)
        {
            Grow(ref shard);
        }

        for (var i = Place(hash, shard.Capacity); ; i = Next(i, shard.Capacity))
        {
            var slot = shard.Slots + i;
            if (slot->Reference == 0)
            {
                *slot = new Slot { Low = key.Low, High = key.High, Reference = reference };
                shard.Count++;
                Count++;
                return;
            }

            if (slot->Low == key.Low && slot->High == key.High)
            {
                slot->Reference = reference;
                return;
            }
        }
    }

    public void Remove(Key80 key)
    {
        var hash = Hash(key);
        ref var shard = ref _shards[hash >> 56];
        var capacity = shard.Capacity;
        var hole = Place(hash, capacity);
        while (shard.Slots[hole].Reference != 0 && (shard.Slots[hole].Low != key.Low || shard.Slots[hole].High != key.High))
        {
            hole = Next(hole, capacity);
        }

        if (shard.Slots[hole].Reference == 0)
        {
            return;
        }

        shard.Count--;
        Count--;
        for (var i = Next(hole, capacity); shard.Slots[i].Reference != 0; i = Next(i, capacity))
        {
            var home = Place(Hash(new Key80(shard.Slots[i].Low, shard.Slots[i].High)), capacity);

            // An entry may move into the hole only if its home does not lie behind the hole on its way.
            if (Distance(home, i, capacity) >= Distance(hole, i, capacity))
            {
                shard.Slots[hole] = shard.Slots[i];
                hole = i;
            }
        }

        shard.Slots[hole] = default;
    }

    public void Dispose()
    {
        for (var i = 0; i < ShardCount; i++)
        {
            NativeMemory.Free(_shards[i].Slots);
            _shards[i].Slots = null;
        }
    }

    /// <summary>Two rounds of multiply and fold, seeded: keys are attacker-influenced, so the order of slots must not be predictable.</summary>
    private ulong Hash(Key80 key)
    {
        var a = (key.Low ^ _seed) * 0x9E3779B97F4A7C15;
        a = BitOperations.RotateLeft(a, 29) ^ ((ulong)key.High + _seed);
        var high = Math.BigMul(a, 0xD6E8FEB86659FD93, out var low);
        return high ^ low;
    }

    /// <summary>The lower half of the hash as a fraction of the capacity; the upper half chose the shard.</summary>
    private static int Place(ulong hash, int capacity) => (int)(((hash & uint.MaxValue) * (uint)capacity) >> 32);

    private static int Next(int place, int capacity) => place + 1 == capacity ? 0 : place + 1;

    private static int Distance(int from, int to, int capacity) => to >= from ? to - from : to - from + capacity;

    private Slot* Allocate(int capacity)
    {
        Bytes += (long)capacity * sizeof(Slot);
        return (Slot*)NativeMemory.AllocZeroed((nuint)capacity, (nuint)sizeof(Slot));
    }

    private void Grow(ref Shard shard)
    {
        var old = shard.Slots;
        var oldCapacity = shard.Capacity;
        shard.Capacity = oldCapacity + (oldCapacity / 4);
        shard.Slots = Allocate(shard.Capacity);
        for (var i = 0; i < oldCapacity; i++)
        {
            if (old[i].Reference != 0)
            {
                var place = Place(Hash(new Key80(old[i].Low, old[i].High)), shard.Capacity);
                while (shard.Slots[place].Reference != 0)
                {
                    place = Next(place, shard.Capacity);
                }

                shard.Slots[place] = old[i];
            }
        }

        Bytes -= (long)oldCapacity * sizeof(Slot);
        NativeMemory.Free(old);
    }

    [StructLayout(LayoutKind.Sequential, Size = 16)]
    private struct Slot
    {
        public ulong Low;
        public ushort High;
        public int Reference;
    }

    private struct Shard
    {
        public Slot* Slots;
        public int Capacity;
        public int Count;
    }
}
