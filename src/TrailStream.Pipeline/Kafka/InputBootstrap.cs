namespace TrailStream.Pipeline.Kafka;

internal sealed class InputBootstrap
{
    public static readonly TimeSpan DefaultReach = TimeSpan.FromHours(38);
}
