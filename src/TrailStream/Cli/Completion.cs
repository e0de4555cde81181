using System.CommandLine;

namespace TrailStream.Cli;

/// <summary>Scripts that make a shell ask this program for completions, by its hidden directive <c>[suggest:POSITION]</c>.</summary>
internal static class Completion
{
    private static readonly Dictionary<string, string> Scripts = new()
    {
        ["bash"] =
            """
            _trailstream() { local IFS=$'\n'; COMPREPLY=($(trailstream "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)); }
            complete -o default -F _trailstream trailstream
            """,
        ["zsh"] =
            """
            _trailstream() { local -a found; found=("${(@f)$(trailstream "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}"); compadd -a found || _files; }
            compdef _trailstream trailstream
            """,
        ["fish"] =
            """
            complete -c trailstream -a '(trailstream "[suggest:"(commandline -C)"]" (commandline) 2>/dev/null)'
            """,
        ["pwsh"] =
            """
            Register-ArgumentCompleter -Native -CommandName trailstream -ScriptBlock { param($word, $line, $position)
              trailstream "[suggest:$position]" "$line" | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) } }
            """,
    };

    public static Command Command()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh, fish or pwsh." };
        shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        var command = new Command("completion", "Prints a script that completes verbs and flags in your shell.\n\nExample:\n  source <(trailstream completion bash)") { shell };
        command.SetAction(parse => Console.Out.WriteLine(Scripts[parse.GetValue(shell)!]));
        return command;
    }
}
