"""Completion of --set: the config's keys, and after "=" the values that a key allows."""

from typing import Any

import click
from click.shell_completion import BashComplete, CompletionItem, ZshComplete, add_completion_class


def complete_override(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
    """Return the keys or values that begin as typed, from the schema."""
    from ann_cli.config.schema import paths

    allowed = paths()
    key, equals, value = incomplete.partition("=")
    if not equals:
        return [f"{name}=" for name in allowed if name.startswith(key)]
    return [f"{key}={one}" for one in allowed.get(key, []) if one.startswith(value)]


class Bash(BashComplete):
    """bash cuts words at "=": here they are whole again, and its answers begin behind the "="."""

    source_template = BashComplete.source_template.replace(
        "COMPREPLY+=($value)",
        "COMPREPLY+=($value)\n            [[ $value == *= ]] && compopt -o nospace",
    )
    cut = 0

    def get_completion_args(self) -> tuple[list[str], str]:
        args, incomplete = super().get_completion_args()
        words: list[str] = []
        for word in [*args, incomplete]:
            if words and (word == "=" or words[-1].endswith("=")):
                words[-1] += word
            else:
                words.append(word)
        *args, whole = words
        if whole != incomplete:
            option, _, value = whole.partition("=")
            self.cut = (value if option.startswith("--") else whole).rfind("=") + 1
        return args, whole

    def format_completion(self, item: CompletionItem) -> str:
        return f"{item.type},{item.value[self.cut :]}"


class Zsh(ZshComplete):
    """zsh puts a space behind every answer, and behind "key=" there is to be none."""

    source_template = ZshComplete.source_template.replace(
        "compadd -U -V unsorted -a completions",
        "local -a behind\n        [[ $completions[1] == *= ]] && behind=(-S '')\n"
        '        compadd -U "${behind[@]}" -V unsorted -a completions',
    )


for each in (Bash, Zsh):
    add_completion_class(each)
