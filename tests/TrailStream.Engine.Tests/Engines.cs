using TrailStream.Testing.Kafka;

[assembly: Xunit.AssemblyFixture(typeof(EngineFixture))]
