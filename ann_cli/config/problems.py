"""What pydantic found, in plain words: what stands there, what is allowed, what to do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from ann_cli.config.misplaced import advice
from ann_cli.config.models import MODELS, keys_of_others
from ann_cli.config.origin import Origin
from ann_cli.config.schema import Node, alternatives, find, is_layer, keys_of, name_of, named_values
from ann_cli.config.tree import MOST_PROBLEMS
from ann_cli.engine.layers import LAYERS
from ann_cli.errors import ConfigError, Problem, did_you_mean, nearest

BOUNDS = {
    "minimum": "of at least",
    "exclusiveMinimum": "above",
    "maximum": "at most",
    "exclusiveMaximum": "below",
}
KINDS = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "string": "text",
    "array": "a list",
    "null": "null",
}
OF_KEY = "a mapping with the key "
MOST_SHOWN = 60


@dataclass(frozen=True)
class Finding:
    """One thing that pydantic found: the key's steps, and what the schema allows there."""

    kind: str
    location: tuple[str | int, ...]
    value: Any
    context: Mapping[str, Any]
    steps: list[str]
    nodes: list[Node]
    config: Mapping[str, Any]

    @property
    def key(self) -> str:
        return self.steps[-1] if self.steps else ""

    @property
    def names(self) -> list[str]:
        """The entries that may stand here."""
        return [name for node in self.nodes if (name := name_of(node))]

    @property
    def listed(self) -> list[str]:
        """The values that may stand here, where they can be listed."""
        return [value for node in self.nodes for value in named_values(node)]


def explained(error: ValidationError, config: Any, origin: Origin) -> ConfigError:
    """Return pydantic's findings as one ConfigError, the first in the order of the file's lines."""
    findings = []
    for each in error.errors(include_url=False):
        steps, nodes = find(each["loc"])
        mark = origin.mark(steps)
        line = mark if isinstance(mark, int) else 0
        context = each.get("ctx", {})
        findings.append(
            (line, Finding(each["type"], each["loc"], each["input"], context, steps, nodes, config))
        )
    findings.sort(key=lambda pair: pair[0])
    problems = []
    for _, finding in findings[:MOST_PROBLEMS]:
        message, remedy = EXPLANATIONS.get(finding.kind, _unexpected)(finding)
        problems.append(Problem(message, origin.place(finding.steps), remedy))
    if len(findings) > MOST_PROBLEMS:
        problems.append(
            Problem(f"and {len(findings) - MOST_PROBLEMS:,} more such problems", origin.label)
        )
    return ConfigError.of(problems)


def _unknown(finding: Finding) -> tuple[str, str]:
    model = finding.config.get("model")
    known = isinstance(model, str) and model in MODELS
    others = keys_of_others(MODELS[str(model) if known else "network"])
    around = finding.location[:-1]
    allowed = [
        key for key in keys_of(find(around)[1]) if ".".join(map(str, (*around, key))) not in others
    ]
    return f"unknown key {finding.key!r}", advice(finding.steps, allowed, finding.config)


def _missing(finding: Finding) -> tuple[str, str]:
    around = find(finding.location[:-1])[1]
    fields = [node["properties"][finding.key] for node in around if finding.key in keys_of([node])]
    meaning = f": {fields[0]['description']}" if fields else ""
    return f"the key {finding.key!r} is missing", f"add {finding.key}{meaning}"


def _unnamed(finding: Finding) -> tuple[str, str]:
    near = nearest(finding.value, ["name"]) if isinstance(finding.value, Mapping) else ""
    return (
        f"a mapping here needs the key 'name', to say which {finding.key} it sets",
        f"{near}for example {{name: {finding.names[0]}}}; allowed: {', '.join(finding.names)}",
    )


def _not_an_entry(finding: Finding) -> tuple[str, str]:
    given = str(finding.context["tag"])
    mapping = finding.config.get(finding.key) != given
    names = finding.names if mapping else list(dict.fromkeys([*finding.listed, *finding.names]))
    near = did_you_mean(given, names)
    return (
        "auto has no settings"
        if given == "auto" and "auto" in finding.listed
        else f"{shown(given)} is not {finding.context['noun']}",
        f"{near} " * bool(near) + f"allowed: {', '.join(names)}",
    )


def _refused(finding: Finding) -> tuple[str, str]:
    return finding.context["why"], finding.context["remedy"]


def _not_together(finding: Finding) -> tuple[str, str]:
    return str(finding.context["error"]), ""


def _unexpected(finding: Finding) -> tuple[str, str]:
    near = isinstance(finding.value, str) and did_you_mean(finding.value, finding.listed)
    message = f"expected {expected(finding.nodes)}, found {shown(finding.value)}"
    return message, near or _written(finding.value, finding.nodes)


def _written(value: Any, nodes: Sequence[Node]) -> str:
    """Say how a value is written as what was expected; "" where that is not known."""
    kinds: dict[str, Node] = {str(node.get("type")): node for node in nodes}
    listed, keyed = kinds.get("array", {"maxItems": 0}), kinds.get("object", {})
    if "maxItems" not in listed and isinstance(value, str | Mapping):
        if any(map(is_layer, alternatives(listed.get("items", {})))):
            return "write a list, such as [{units: 64}]"
        return f"write a list: [{value}]" if isinstance(value, str) else ""
    if not isinstance(value, str):
        return ""
    first = next(iter(keyed.get("properties", {})), "")
    usual = keyed["properties"][first].get("default") if first else None
    if isinstance(usual, int) and usual:
        return f"for example {{{first}: {value if value.isdecimal() else usual}}}"
    percent = value.strip().removesuffix("%")
    if "number" in kinds and percent != value and percent.isdecimal():
        return f"write {int(percent) / 100:g}"
    return ""


EXPLANATIONS: dict[str, Callable[[Finding], tuple[str, str]]] = {
    "extra_forbidden": _unknown,
    "missing": _missing,
    "union_tag_not_found": _unnamed,
    "union_tag_invalid": _not_an_entry,
    "refused": _refused,
    "value_error": _not_together,
}
"""What to say by the type of pydantic's error; all others are values that the schema describes."""


def expected(nodes: Sequence[Node]) -> str:
    """Say what may stand at a key: "a whole number of at least 0, or full"."""
    said = [_phrase(node) for node in nodes if not name_of(node)]
    keys = [each.removeprefix(OF_KEY) for each in said if each.startswith(OF_KEY)]
    if len(keys) > 1:
        said = [each for each in said if not each.startswith(OF_KEY)]
        said.append(f"{OF_KEY}{', '.join(keys[:-1])} or {keys[-1]}")
    if any(map(is_layer, nodes)):
        said.append(f"a mapping with one of the keys {', '.join(LAYERS)}")
    elif any(map(name_of, nodes)):
        said.append("a mapping with a name and its settings")
    return ", or ".join(dict.fromkeys(said))


def _phrase(node: Node) -> str:
    listed, kind = named_values(node), node.get("type")
    if listed:
        return " or ".join(filter(None, (", ".join(listed[:-1]), listed[-1])))
    if isinstance(kind, list):
        return "a name"
    if kind == "object":
        keys = keys_of([node])
        if len(keys) == 1:
            return f"{OF_KEY}{keys[0]}"
        return f"a mapping with the keys {', '.join(keys)}" if keys else "a mapping"
    bounds = [f"{words} {_number(node[bound])}" for bound, words in BOUNDS.items() if bound in node]
    phrase = " ".join(filter(None, (KINDS[str(kind)], " and ".join(bounds))))
    if node.get("maxItems") == 2:
        whole = node["items"].get("type") == "integer"
        return f"{phrase} of two numbers, such as {'[3, 5]' if whole else '[-1, 1]'}"
    if node.get("minItems"):
        return f"{phrase} with at least one element"
    # Only paths must not be empty: a column may have no name.
    return "a path" if node.get("minLength") else phrase


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def shown(value: Any) -> str:
    """Show what was found, short enough for one line."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    text = str(value)
    text = text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 3]}..."
    try:
        float(text)
    except ValueError:
        return repr(text)
    return text.strip()
