"""``bounceparse completion``: a completion script for bash, zsh or fish, made from the commands' own parsers."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass

from bounceparse.cli.common import Exit, add_command

SHELLS = ("bash", "zsh", "fish")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = add_command(
        subparsers,
        "completion",
        "Prints a shell completion script. It completes commands, options, their values and file names.",
        "bounceparse completion bash > ~/.local/share/bash-completion/completions/bounceparse",
    )
    parser.add_argument("shell", choices=SHELLS, help="the shell to complete in")
    parser.set_defaults(func=run)


def run(options: argparse.Namespace) -> int:
    """Print the script."""
    from bounceparse.cli.main import build_parser

    sys.stdout.write(script(options.shell, build_parser()))
    return Exit.DONE


@dataclass(frozen=True, slots=True)
class _Command:
    """A command as the scripts need it: the words that may follow it, and the values of its options."""

    path: str
    help: str
    words: tuple[str, ...]
    values: dict[str, tuple[str, ...]]


def script(shell: str, parser: argparse.ArgumentParser) -> str:
    """Return the completion script of a parser for bash, zsh or fish."""
    commands = list(_commands(parser, "", ""))
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell](commands)


def _commands(parser: argparse.ArgumentParser, path: str, line: str) -> list[_Command]:
    words: list[str] = []
    values: dict[str, tuple[str, ...]] = {}
    below: list[_Command] = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            lines = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for name, child in action.choices.items():
                words.append(name)
                below += _commands(child, f"{path} {name}".strip(), lines.get(name, ""))
            continue
        choices = tuple(str(choice) for choice in action.choices or ())
        if action.option_strings:
            words += action.option_strings
            if choices:
                values.update(dict.fromkeys(action.option_strings, choices))
        else:
            words += choices
    return [_Command(path, line, tuple(words), values), *below]


def _case(commands: list[_Command], line: str) -> str:
    """Return the arms of a shell ``case`` over the command's path, the deepest first."""
    arms = []
    for command in sorted(commands, key=lambda c: -len(c.path)):
        pattern = f"'{command.path}'|'{command.path} '*" if command.path else "*"
        arms.append(f"        {pattern}) {line.format(words=' '.join(command.words))} ;;")
    return "\n".join(arms)


def _value_case(commands: list[_Command], line: str) -> str:
    arms = []
    for command in commands:
        for option, choices in command.values.items():
            arms.append(f"        '{command.path} {option}') {line.format(words=' '.join(choices))} ;;")
    return "\n".join(arms)


def _names(commands: list[_Command]) -> str:
    return "|".join(sorted({word for command in commands for word in command.path.split()}))


def _bash(commands: list[_Command]) -> str:
    return f"""\
# bash completion for bounceparse
_bounceparse() {{
    local word path='' words='' current="${{COMP_WORDS[COMP_CWORD]}}" previous="${{COMP_WORDS[COMP_CWORD-1]}}"
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case "$word" in
            {_names(commands)}) path="${{path:+$path }}$word" ;;
        esac
    done
    case "$path $previous" in
{_value_case(commands, 'COMPREPLY=($(compgen -W "{words}" -- "$current")); return')}
    esac
    case "$path" in
{_case(commands, 'words="{words}"')}
    esac
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    [[ "$current" == -* || -z "$path" ]] || COMPREPLY+=($(compgen -f -- "$current"))
}}
complete -o filenames -F _bounceparse bounceparse
"""


def _zsh(commands: list[_Command]) -> str:
    return f"""\
#compdef bounceparse
_bounceparse() {{
    local word path_='' list=''
    for word in "${{(@)words[2,CURRENT-1]}}"; do
        case "$word" in
            {_names(commands)}) path_="${{path_:+$path_ }}$word" ;;
        esac
    done
    case "$path_ ${{words[CURRENT-1]}}" in
{_value_case(commands, "compadd -- {words}; return")}
    esac
    case "$path_" in
{_case(commands, 'list="{words}"')}
    esac
    compadd -- ${{=list}}
    [[ -z "$path_" || "${{words[CURRENT]}}" == -* ]] || _files
}}
if [[ "${{funcstack[1]}}" == _bounceparse ]]; then  # loaded from $fpath at the first completion
    _bounceparse "$@"
else  # read by source or eval
    compdef _bounceparse bounceparse
fi
"""


def _fish(commands: list[_Command]) -> str:
    lines = ["# fish completion for bounceparse"]
    top = next(command for command in commands if not command.path)
    names = [command.path for command in commands if command.path and " " not in command.path]
    for command in commands:
        if not command.path:
            continue
        *parents, name = command.path.split()
        condition = f"__fish_seen_subcommand_from {parents[-1]}" if parents else "__fish_use_subcommand"
        quoted = command.help.replace("'", "\\'")
        lines.append(f"complete -c bounceparse -f -n '{condition}' -a {name} -d '{quoted}'")
        for word in command.words:
            seen = f"-n '__fish_seen_subcommand_from {name}'"
            choices = command.values.get(word)
            if word.startswith("--"):
                takes = f" -x -a '{' '.join(choices)}'" if choices else ""
                lines.append(f"complete -c bounceparse {seen} -l {word[2:]}{takes}")
            elif not word.startswith("-") and f"{command.path} {word}" not in {c.path for c in commands}:
                lines.append(f"complete -c bounceparse {seen} -a {word}")
    lines += [
        f"complete -c bounceparse -n 'not __fish_seen_subcommand_from {' '.join(names)}' -l {word[2:]}"
        for word in top.words
        if word.startswith("--")
    ]
    return "\n".join(lines) + "\n"
