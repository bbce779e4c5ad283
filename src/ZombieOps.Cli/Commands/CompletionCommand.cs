using System.CommandLine;
using ZombieOps.Cli.Hosting;

namespace ZombieOps.Cli.Commands;

/// <summary><c>zombieops completion</c>: scripts that ask the tool itself, by the parser's suggest directive, what could come next.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # bash completion for zombieops: eval "$(zombieops completion bash)"
        _zombieops() {
            local IFS=$'\n'
            COMPREPLY=($(zombieops "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null | grep -F -- "${COMP_WORDS[COMP_CWORD]}" | grep "^${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _zombieops zombieops
        """;

    private const string Zsh = """
        #compdef zombieops
        # zsh completion for zombieops: source <(zombieops completion zsh)
        _zombieops() {
            local -a found
            found=("${(@f)$(zombieops "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
            compadd -- "${found[@]}"
        }
        # As a file on fpath this text is the body of the function itself; sourced, it has to be told to the shell.
        if [[ ${funcstack[1]} == _zombieops ]]; then _zombieops "$@"; else compdef _zombieops zombieops; fi
        """;

    private const string Fish = """
        # fish completion for zombieops: zombieops completion fish | source
        function __zombieops
            set -l line (commandline -cp)
            zombieops "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c zombieops -f -a '(__zombieops)'
        """;

    public static Command Create(Shell shell)
    {
        var command = new Command("completion", "Print a script that completes commands and options in a shell").WithExamples(
            "eval \"$(zombieops completion bash)\"",
            "source <(zombieops completion zsh)",
            "zombieops completion fish | source");
        foreach ((string name, string script) in (ReadOnlySpan<(string, string)>)[("bash", Bash), ("zsh", Zsh), ("fish", Fish)])
        {
            var sub = new Command(name, $"The script for {name}");
            sub.SetAction(_ => shell.Out.WriteLine(script));
            command.Subcommands.Add(sub);
        }

        return command;
    }
}
