"""Values as YAML that reads as the same values."""

from collections.abc import Mapping
from typing import Any

import yaml

from ann_cli.config.tree import NULLS


class Dumper(yaml.SafeDumper):
    """Escapes what does not print: PyYAML writes some line breaks raw, and reads a space."""


def _text(dumper: Dumper, value: str) -> yaml.ScalarNode:
    style = None if value.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


Dumper.add_representer(str, _text)


class Written(str):
    """A scalar as it stands in a config, which reads as the same text with quotes and without."""


def _scalar(dumper: Dumper, value: Written) -> yaml.ScalarNode:
    if value in NULLS or not value.isprintable():
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style='"')
    # The tag that it would be read with: no quotes are needed to tell it from another.
    tag: str = dumper.resolve(yaml.ScalarNode, value, (True, False))  # type: ignore[no-untyped-call]
    return dumper.represent_scalar(tag, value)


Dumper.add_representer(Written, _scalar)


def as_written(value: Any) -> Any:
    """Return the plain values of a tree as `block` and `line` write them: 1e-3 without quotes."""
    if isinstance(value, dict):
        return {key: as_written(each) for key, each in value.items()}
    if isinstance(value, list):
        return [as_written(each) for each in value]
    return Written(value) if isinstance(value, str) else value


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
