"""A page: blocks become one HTML file that asks nothing of any network."""

import json
import re
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from importlib.resources import files
from itertools import groupby
from typing import Any

from ann_cli.report.layout import printable
from ann_cli.report.page import charts
from ann_cli.report.page.blocks import Block, Drawing, Figure

Shown = tuple[str, str, Sequence[Block]]
"""A section: its name, its title, its blocks."""


def page(title: str, about: str, sections: Iterable[Shown]) -> str:
    """Return the HTML of a page. All texts are shown as they are: none is taken for markup."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    every = list(sections)
    blocks = [block for _, _, own in every for block in own]
    scripts = dict.fromkeys(
        name
        for block in blocks
        if isinstance(block, Drawing)
        for name in (*block.needs, block.script)
    )
    charted = any(isinstance(block, Figure) for block in blocks)
    environment = Environment(
        loader=FunctionLoader(web),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"kind": _kind, "json": in_script, "chart": charts.on_page}
    return environment.get_template("page.html").render(
        title=title,
        about=about,
        sections=[(name, heading, _grouped(own)) for name, heading, own in every],
        style=web("page.css"),
        scripts=[_script(charts.runtime())] * charted
        + [_script(web(f"{name}.js")) for name in ("page", *scripts)],
        version=version("ann-cli"),
    )


def web(name: str) -> str:
    """Return a file of the page's own: a template, a style sheet, a script."""
    return (files("ann_cli.report.page") / "web" / name).read_text("utf-8")


def in_script(value: Any) -> str:
    """Return JSON that stands within a script element of a page, whatever texts it holds."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return re.sub("[<>&\u2028\u2029]", lambda found: f"\\u{ord(found[0]):04x}", text)


def _script(text: str) -> str:
    """Return JavaScript that stands within a script element of a page."""
    return re.sub("</(?=script)", r"<\\/", text, flags=re.IGNORECASE)


def _visible(value: Any) -> Any:
    """Return a text of the page with what cannot be seen in it written out."""
    markup = hasattr(value, "__html__")
    return printable(value) if isinstance(value, str) and not markup else value


def _kind(block: Block) -> str:
    return type(block).__name__.lower()


def _grouped(blocks: Iterable[Block]) -> list[tuple[bool, list[Block]]]:
    """Return the blocks with small ones that follow on each other together, in a grid."""
    return [
        (small, list(own))
        for small, own in groupby(blocks, lambda block: getattr(block, "small", False))
    ]
