"""Charts: how they look, on a page, as SVG and as PNG. This file alone opens to vl-convert.

Sections make them with Altair, within functions, as only a report needs it.
"""

import functools
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from importlib.util import find_spec
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

from ann_cli import cache
from ann_cli.errors import ConfigError
from ann_cli.model.files import make_folder, write_together
from ann_cli.report.layout import spaced
from ann_cli.report.page.blocks import Figure

POINTS = 400
"""Points of a line at most: more than the pixels between them show nothing."""

FEW = 6
"""Epochs that are all named on an axis."""

WIDTH, HEIGHT = 640, 260
"""Pixels of a chart: on a page the width is the page's."""

WITHIN = ("hconcat", "vconcat", "concat", "facet", "repeat")
"""What a chart has that is made of others: each has its own width."""

MOST_KEPT = 2
"""Versions of the JavaScript to keep, of a megabyte each."""

BACKSLASH = "\N{REVERSE SOLIDUS OPERATOR}"
"""Looks like one."""

Row = TypeVar("Row")


def check_installed() -> None:
    """Raise ConfigError where what draws charts is not installed."""
    missing = [each for each in ("altair", "jinja2", "vl_convert") if find_spec(each) is None]
    if missing:
        raise ConfigError(
            f"reports need {' and '.join(missing).replace('_', '-')}, which is not installed",
            remedy='pip install "ann-cli[report]"',
        )


def of_rows(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Return a chart of rows, which are named by fields of ours: never by those of the data.

    What is no finite number is left out: JSON has none.
    """
    import altair as alt

    values = [{name: _plain(each) for name, each in row.items()} for row in rows]
    with alt.utils.schemapi.debug_mode(False):  # which would hold them against the schema
        return alt.Chart(alt.Data(values=_Values(values)))  # type: ignore[no-untyped-call]


@dataclass(frozen=True, eq=False)
class _Values:
    """Rows that Altair passes on as they are: it would copy all of them at each step."""

    rows: list[dict[str, Any]]


def _plain(value: Any) -> Any:
    """Return what JSON can hold: a number as Python's own, none where it is not finite."""
    value = value.item() if hasattr(value, "dtype") else value
    return None if isinstance(value, float) and not isfinite(value) else value


def epochs(last: int | None = None) -> Any:
    """Return the axis of a field `epoch`; where `last` is known, from the first to that one."""
    import altair as alt

    chosen: dict[str, Any] = {"tickMinStep": 1}
    if last is not None and last <= FEW:  # of two or three, Vega's smallest step is none
        chosen = {"values": list(range(1, last + 1))}
    scale = alt.Scale(nice=False) if last is None else alt.Scale(domain=[1, max(last, 2)])
    return alt.X("epoch:Q", title="epoch", scale=scale, axis=alt.Axis(**chosen, format="d"))


def thinned(rows: Sequence[Row], most: int = POINTS) -> list[Row]:
    """Return the rows, or so many of them, evenly spaced, with the first and the last."""
    return [rows[at] for at in spaced(len(rows), most)]


def on_page(chart: Any) -> dict[str, Any]:
    """Return a chart as the page draws it: Vega-Lite, whose colours are those of the page."""
    return _spec(chart, "container")


def svg(chart: Any) -> str:
    """Return a chart as SVG, in light colours."""
    import vl_convert

    text: str = vl_convert.vegalite_to_svg(_light(_spec(chart, WIDTH)))
    return text


def png(chart: Any) -> bytes:
    """Return a chart as PNG, in light colours, at twice the pixels."""
    import vl_convert

    data: bytes = vl_convert.vegalite_to_png(_light(_spec(chart, WIDTH)), scale=2)
    return data


def write_charts(folder: Path, figures: Mapping[str, Figure]) -> list[Path]:
    """Write each chart as SVG and as PNG into a folder, which is made; return the files."""
    make_folder(folder)
    files = list[Path]()
    for name, figure in figures.items():
        chart = figure.chart()
        start = re.sub(r"[^\w-]+", "_", name)
        contents = {f"{start}.svg": svg(chart).encode(), f"{start}.png": png(chart)}
        write_together(folder, contents)
        files += [folder / each for each in contents]
    return files


@functools.cache
def begin_runtime() -> "subprocess.Popen[bytes] | None":
    """Have `runtime` made by another process from now on, where none is kept; return it."""
    if cache.kept(_runtime_name()) is not None or not cache.can_keep():
        return None
    made = f"from {__name__} import runtime; runtime()"
    # -P: no module of the current folder is taken for one of Python's.
    command = [sys.executable, "-P", "-c", made]
    nothing = subprocess.DEVNULL
    return subprocess.Popen(command, stdin=nothing, stdout=nothing, stderr=nothing)


def runtime() -> str:
    """Return the JavaScript that draws charts in a page, as `vegaEmbed`.

    To bundle it takes two seconds, so that it is kept for the pages to come.
    """
    if begin_runtime.cache_info().currsize and (maker := begin_runtime()):
        maker.wait()
    if (found := cache.kept(_runtime_name())) is not None:
        return found.decode()
    import vl_convert

    bundle = f"(() => {{{vl_convert.javascript_bundle('window.vegaEmbed = vegaEmbed;')}}})();"
    cache.keep(_runtime_name(), bundle.encode(), MOST_KEPT)
    return bundle


def _runtime_name() -> str:
    return f"charts-{version('vl-convert-python')}.js"


def _spec(chart: Any, width: int | str) -> dict[str, Any]:
    # Each part of it was held against the schema as it was made.
    spec: dict[str, Any] = _with_rows(chart.to_dict(validate=False))
    if not any(each in spec for each in WITHIN):
        spec.setdefault("width", width)
        spec.setdefault("height", HEIGHT)
    spec["config"] = THEME
    return spec


def _with_rows(value: Any) -> Any:
    """Return a tree with the rows themselves in it.

    Vega-Lite puts a title between the quotes of an expression, where a backslash would be code.
    """
    if isinstance(value, dict):
        return {
            key: each.replace("\\", BACKSLASH)
            if key == "title" and isinstance(each, str)
            else _with_rows(each)
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [_with_rows(each) for each in value]
    return value.rows if isinstance(value, _Values) else value


def _light(value: Any) -> Any:
    """Return a tree with each variable of the page's colours replaced by its light colour."""
    if isinstance(value, dict):
        return {key: _light(each) for key, each in value.items()} | (
            {"background": "white"} if "$schema" in value else {}
        )
    if isinstance(value, list):
        return [_light(each) for each in value]
    if isinstance(value, str) and value.startswith("var(--"):
        return light_colors()[value[6:-1]]
    return value


def light_colors() -> dict[str, str]:
    """Return the page's colours by name, as its style sheet has them first."""
    sheet = (files("ann_cli.report.page") / "web" / "page.css").read_text("utf-8")
    first = sheet[: sheet.index("}")]
    return dict(re.findall(r"--([\w-]+):\s*(#\w+);", first))


SERIES = [f"var(--series-{at})" for at in range(1, 7)]

THEME: dict[str, Any] = {
    "background": "transparent",
    "aria": False,  # the page says in words what a chart shows
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "mark": {"color": SERIES[0]},
    "rule": {"color": "var(--muted)"},
    "text": {"color": "var(--ink)"},
    "axis": {
        "labelColor": "var(--muted)",
        "titleColor": "var(--ink)",
        "gridColor": "var(--line)",
        "domainColor": "var(--line)",
        "tickColor": "var(--line)",
        "titleFontWeight": "normal",
        "labelFontSize": 12,
        "titleFontSize": 12,
    },
    "axisQuantitative": {"tickCount": 6},
    "legend": {
        "labelColor": "var(--ink)",
        "titleColor": "var(--ink)",
        "orient": "top",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelLimit": 240,
    },
    "title": {"color": "var(--ink)", "anchor": "start", "fontWeight": "normal", "fontSize": 13},
    "header": {"labelColor": "var(--ink)", "titleColor": "var(--ink)"},
    "range": {"category": SERIES},
}
"""How every chart looks. Colours are variables of the page, so that they follow light and dark."""
