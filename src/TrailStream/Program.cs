using System.CommandLine;
using TrailStream.Cli;

var root = CommandLine.Build(TimeProvider.System);
var parsed = root.Parse(args.Length == 0 ? ["--help"] : args);
if (parsed.Errors.Count > 0 && !args.Any(argument => argument is "--help" or "-h" or "-?"))
{
    foreach (var error in parsed.Errors)
    {
        Console.Error.WriteLine(error.Message);
    }

    Console.Error.WriteLine("`trailstream --help` lists the verbs, `trailstream help VERB` explains one.");
    return CommandLine.WrongUsage;
}

try
{
    return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
}
catch (IOException e) when (e.HResult == BrokenPipe)
{
    // The reader of our output, head for instance, has had enough.
    return 0;
}
catch (OperationCanceledException)
{
    return 130;
}

internal sealed partial class Program
{
    /// <summary>EPIPE on Linux.</summary>
    private const int BrokenPipe = 32;
}
