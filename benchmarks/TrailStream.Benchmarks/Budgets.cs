using System.Text.Json;
using TrailStream.Core.Documents;

namespace TrailStream.Benchmarks;

/// <summary>Checks budgets.json: managed bytes allocated per operation, which unlike times are the same on every machine.
/// <c>{"decode_attribute_enrich.CloudTrail": 0, …}</c></summary>
internal static class Budgets
{
    private const int Operations = 200_000;

    public static int Check()
    {
        var file = Path.Combine(AppContext.BaseDirectory, "budgets.json");
        var budgets = JsonSerializer.Deserialize<Dictionary<string, double>>(File.ReadAllText(file))!;
        var over = 0;
        foreach (var (name, budget) in budgets)
        {
            var measured = Measure(name);
            var ok = measured <= budget;
            over += ok ? 0 : 1;
            Console.WriteLine($"{(ok ? "ok  " : "OVER")} {name}: {measured:F3} B per operation, budget {budget} B");
        }

        return over == 0 ? 0 : 1;
    }

    private static double Measure(string name)
    {
        var form = Enum.Parse<DocumentForm>(name[(name.LastIndexOf('.') + 1)..]);
        using var path = new HotPath(form, 20_000, actionsOnly: true);
        for (var i = 0; i < path.Records; i++)
        {
            path.Run(i);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Operations; i++)
        {
            path.Run(i);
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Operations;
    }
}
