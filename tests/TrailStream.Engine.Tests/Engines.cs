using TrailStream.Testing.Kafka;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

// All write into the same indices.
[assembly: Parallelization(Mode = ParallelMode.None)]
[assembly: AssemblyFixture(typeof(EngineFixture))]
