"""What an unknown key may have meant: a key that is near, or one that belongs elsewhere."""

from collections.abc import Mapping
from typing import Any

from ann_cli.config.schema import find, is_layer, keys_of, name_of, paths
from ann_cli.errors import did_you_mean


def advice(steps: list[str], allowed: list[str], config: Mapping[str, Any]) -> str:
    """Say where an unknown key belongs, or else which keys its mapping has."""
    *around, key = steps
    elsewhere = _elsewhere(around)
    if key in elsewhere:
        return _belongs(key, elsewhere[key], around, config)
    here = f"keys here: {', '.join(allowed)}"
    if near := did_you_mean(key, allowed):
        return f"{near} {here}"
    if near := did_you_mean(key, list(elsewhere)):
        meant = near.removeprefix("did you mean ").removesuffix("?")
        return f"{near} {_belongs(meant, elsewhere[meant], around, config)}"
    return here


def _elsewhere(near: list[str]) -> dict[str, str]:
    """Return each key that lies within another, and the key that it lies in.

    Of several that is one called as the mapping that is `near`, else the one that is least deep.
    """

    def distance(path: str) -> tuple[bool, int]:
        *around, _ = path.split(".")
        return around[-1:] != near[-1:], len(around)

    found: dict[str, str] = {}
    for path in sorted(paths(), key=distance):
        around, _, key = path.rpartition(".")
        if around and key != "name" and not key.isdecimal():
            found.setdefault(key, around)
    return found


def _belongs(key: str, place: str, around: list[str], config: Mapping[str, Any]) -> str:
    """Say where a key belongs, in the words of this config."""
    nodes = find([int(step) if step.isdecimal() else step for step in place.split(".")])[1]
    owners = [name for node in nodes if key in keys_of([node]) and (name := name_of(node))]
    within = place.rpartition(".")[2]
    if any(map(is_layer, nodes)):
        owner = next(node for node in nodes if key in keys_of([node]))
        keys = dict.fromkeys([*owner["required"], key])
        kind = "layer" if [*keys] == [key] else owner["title"]
        return (
            f"{key} belongs to a {kind}: layers: [{{{', '.join(f'{each}: …' for each in keys)}}}]"
        )
    if not owners:
        return f"{key} belongs under {place}: {place}: {{{key}: …}}"
    if around and around[-1] == within:
        return f"{key} belongs to {', '.join(owners)}"
    chosen = config.get(within)
    chosen = chosen.get("name") if isinstance(chosen, Mapping) else chosen
    name = next(name for name in (chosen, _usual(within), owners[0]) if name in owners)
    return f"{key} belongs to {within}: {{name: {name}, {key}: …}}"


def _usual(key: str) -> Any:
    """Return a key's default."""
    return find([])[1][0]["properties"].get(key, {}).get("default")
