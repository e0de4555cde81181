using TrailStream.Configuration;

namespace TrailStream.Cli;

/// <summary>The command line asks for something that does not fit together; the message says what would.</summary>
internal sealed class WrongUsageException(string message) : Exception(message);

/// <summary>The configuration has mistakes.</summary>
internal sealed class WrongConfigurationException(ConfigReader reader) : Exception
{
    public ConfigReader Reader { get; } = reader;
}

/// <summary>Mistakes of users and troubles of servers on their way to the terminal: a message and an exit code, never a stack.</summary>
internal static class UserErrors
{
    /// <summary>Somebody else's fault, so that the answer is not known: neither 0 nor what the verb says with 1.</summary>
    public const int Unavailable = 69;

    public static Settings Settings(string? file, string[]? set, ConfigScope scope)
    {
        var reader = ConfigReader.Read(file, CommandLine.EnvironmentOf(), set ?? [], scope);
        return reader.Errors.Count > 0 ? throw new WrongConfigurationException(reader) : new Settings(reader.Values);
    }

    public static async Task<int> RunAsync(string verb, Func<Task<int>> action)
    {
        try
        {
            return await action().ConfigureAwait(false);
        }
        catch (WrongUsageException e)
        {
            await Console.Error.WriteLineAsync($"{verb}: {e.Message}").ConfigureAwait(false);
            return CommandLine.WrongUsage;
        }
        catch (WrongConfigurationException e)
        {
            return ConfigReport.Errors(e.Reader, Console.Error);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException && !IsBrokenPipe(e))
        {
            await Console.Error.WriteLineAsync($"{verb}: {e.Message}").ConfigureAwait(false);
            return Unavailable;
        }
    }

    /// <summary>Whoever read the output has had enough; the program's entry knows what to do.</summary>
    private static bool IsBrokenPipe(Exception e) => e is IOException && e.HResult == 32;
}
