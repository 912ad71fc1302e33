"""Completion of --set and --vary: keys, and after "=" values; of --activations; of claims."""

from collections.abc import Sequence
from typing import Any

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ZshComplete,
    add_completion_class,
)


def complete_override(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
    """Return the keys or values that begin as typed, from the schema."""
    from ann_cli.config.schema import paths

    allowed = paths()
    key, equals, value = incomplete.partition("=")
    if not equals:
        return [f"{name}=" for name in allowed if name.startswith(key)]
    return [f"{key}={one}" for one in _after_comma(value, allowed.get(key, []))]


def complete_activations(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
    """Return the activations that can follow what is typed, from the schema."""
    from ann_cli.config.schema import paths

    return _after_comma(incomplete, paths()["layers.0.activation"])


def complete_claims(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
    """Return the article's claims whose names begin as typed."""
    from ann_cli.experiments.claims import claims

    return [name for name in claims() if name.startswith(incomplete)]


def _after_comma(typed: str, values: Sequence[str]) -> list[str]:
    before, comma, begun = typed.rpartition(",")
    return [f"{before}{comma}{one}" for one in values if one.startswith(begun)]


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


class Fish(FishComplete):
    """fish splits answers at every comma, and a value may hold some."""

    source_template = FishComplete.source_template.replace(
        'string split ","', 'string split -m 1 ","'
    )


for each in (Bash, Zsh, Fish):
    add_completion_class(each)
