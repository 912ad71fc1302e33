"""The screen of a training: what is known of it at a moment, as lines that a glance reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ann_cli.report import layout
from ann_cli.report.baselines import called
from ann_cli.report.curve import Piece
from ann_cli.report.learning import LEAST, Losses, Record
from ann_cli.report.numbers import number, score
from ann_cli.tasks.metrics import METRICS
from ann_cli.tasks.task import Scores

BAR = 8
"""Cells of the bar, at least."""

Pieces = list[Piece]


@dataclass
class View:
    """What a screen shows."""

    losses: Losses
    unit: str = "epoch"
    place: int = 1
    """Which of the epochs is at work, or how many trials are made."""
    count: int = 1
    share: float | None = None
    """How much of all is done, from 0 to 1; None where that is not known."""
    speed: float | None = None
    """Rows a second, or trials."""
    seconds: float | None = None
    """Those that are left."""
    at_most: bool = False
    """Whether it may end before."""
    so_far: float | None = None
    """The loss of the epoch at work, or the lowest one of a search."""
    best: Record = field(default_factory=dict)
    """The best epoch's record; empty where none is chosen."""
    epoch: int = 0
    """The one that the scores are of."""
    scores: Mapping[str, Scores] = field(default_factory=dict)
    """Metrics of the validation rows: the network's, and those of baselines."""
    decides: tuple[str, ...] = ()
    """The metrics that are shown."""
    rows: int = 0
    """Validation rows."""
    looked_at: int = 0
    """The epoch after which units were looked at; 0 where none were."""
    idle: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """The shares of dead and of saturated units, by what a layer is called."""
    warning: str = ""


def screen(view: View, width: int, height: int) -> list[Pieces]:
    """Return the lines, no wider than `width` cells, no more than `height`.

    What is told first is told in any room: how far it is and the losses, then the scores.
    """
    width -= 1  # a terminal that is written to its last cell may begin a line
    above, below = [_head(view, width)], list[Pieces]()
    if view.so_far is not None:
        what = "lowest loss" if view.unit == "trial" else f"epoch {view.place:,} so far: loss"
        above.append([(f" {what} {number(view.so_far)}", "")])
    sections = (_scores(view, width), _idle(view, width), _warning(view, width))
    for lines in sections:
        if len(above) + len(below) + len(lines) <= height:
            below += lines
    return [*above, *_curve(view, width, height - len(above) - len(below)), *below]


def _head(view: View, width: int) -> Pieces:
    where = f"{view.unit} {view.place:,}/{view.count:,}"
    counted = "trials" if view.unit == "trial" else "rows"
    speed = "" if view.speed is None else f"  {view.speed:,.0f} {counted}/s"
    most = "at most " if view.at_most else ""
    left = "" if view.seconds is None else f"  {most}{clock(view.seconds)} left"
    for beside in (speed + left, left, ""):
        room = width - len(where) - len(beside) - 1
        if room >= BAR or not beside:
            break
    if view.share is None:
        return [(where, "bold"), (beside, "")]
    done = round(min(view.share, 1.0) * room)
    bar: Pieces = [(" ", ""), ("━" * done, "green"), ("─" * (room - done), "dim")]
    return [(where, "bold"), *bar, (beside, "")]


def clock(seconds: float) -> str:
    """Return a time as 0:07 or 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _curve(view: View, width: int, room: int) -> list[Pieces]:
    if view.losses.count < LEAST:
        last = view.losses.last
        if not last or room < 1:
            return []
        held = last.get("validation_loss")
        more = "" if held is None else f", validation {number(held)}"
        return [[(f" epoch {last['epoch']:,.0f}: loss {number(last['loss'])}{more}", "")]]
    return view.losses.picture(view.best, width, room)


def _scores(view: View, width: int) -> list[Pieces]:
    if not view.scores:
        return []
    rows = [
        (
            f"network, epoch {view.epoch:,}" if name == "network" else called(name),
            *(score(key, scores.get(key)) for key in view.decides),
        )
        for name, scores in view.scores.items()
    ]
    heads = [METRICS[name].label for name in view.decides]
    title = f"on {view.rows:,} validation rows"
    return [
        [(line[:name], "bold"), (line[name:], "")]
        for line, name in layout.table(title, heads, rows, width)
    ]


def _idle(view: View, width: int) -> list[Pieces]:
    """Return the shares of dead and of saturated units: of all layers if a line holds them."""
    if not view.idle:
        return []
    told = list[str]()
    for at, what in enumerate(("dead", "saturated")):
        shares = [(title, each[at]) for title, each in view.idle.items()]
        some = [(title, share) for title, share in shares if share]
        for listed in (shares if some else [], some):
            told_one = f"{what} {', '.join(f'{title} {share:.0%}' for title, share in listed)}"
            if layout.cells(told_one) + 15 <= width:
                break
        told.append(told_one if listed else f"{what} none")
    told[0] = f" units, epoch {view.looked_at:,}: {told[0]}"
    whole = "; ".join(told)
    lines = [whole] if layout.cells(whole) <= width else [told[0], f"   {told[1]}"]
    return [[(part, "")] for line in lines for part in layout.wrapped(line, width, "   ")]


def _warning(view: View, width: int) -> list[Pieces]:
    if not view.warning:
        return []
    return [[(line, "yellow")] for line in layout.wrapped(f" note: {view.warning}", width, " ")]
