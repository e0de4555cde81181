namespace TrailStream.Simulation.Tests.Model;

/// <summary>A topic that the nodes produce to: acknowledged later, or refused while the brokers' disks are full. A record may be in it although its
/// producer has not heard so.</summary>
internal sealed class ModelTopic<T>(World world, Action<T> stored)
{
    public List<T> Records { get; } = [];

    public bool IsDiskFull { get; set; }

    /// <summary>Produces; <paramref name="report"/> tells whether it was stored.</summary>
    public void Produce(T record, Action<bool> report) => world.After(world.Between(1, 40), () =>
    {
        if (IsDiskFull)
        {
            report(false);
            return;
        }

        Records.Add(record);
        stored(record);
        world.After(world.Between(1, 40), () => report(true));
    });
}
