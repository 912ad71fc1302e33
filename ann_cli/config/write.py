"""Values as YAML that reads as the same values."""

from collections.abc import Mapping
from typing import Any

import yaml


class Dumper(yaml.SafeDumper):
    """Escapes what does not print: PyYAML writes some line breaks raw, and reads a space."""


def _text(dumper: Dumper, value: str) -> yaml.ScalarNode:
    style = None if value.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


Dumper.add_representer(str, _text)


def block(values: dict[str, Any]) -> str:
    """Return a mapping as lines; a list or mapping of plain values stays on one."""
    return _dumped(values, None, 100)


def commented(text: str, reasons: Mapping[str, str]) -> str:
    """Return the lines of a mapping with a comment behind some keys, two deep: "data.scaling"."""
    lines, around = [], ""
    for each in text.splitlines():
        name = each.lstrip().partition(":")[0]
        if not each.startswith((" ", "-")):
            around, key = name, name
        else:
            key = f"{around}.{name}" if each.startswith("  ") and each[2] not in " -" else ""
        lines.append(f"{each}  # {reasons[key]}" if key in reasons else each)
    return "\n".join(lines) + "\n"


def line(value: Any) -> str:
    """Return any value on one line."""
    return _dumped(value, True, float("inf")).removesuffix("\n").removesuffix("\n...")


def _dumped(value: Any, flow: bool | None, width: float) -> str:
    text: str = yaml.dump(
        value,
        Dumper=Dumper,
        default_flow_style=flow,
        allow_unicode=True,
        sort_keys=False,
        width=width,
    )
    return text
