"""A tuning on the terminal: what is searched, how far it is, and what was found."""

from collections.abc import Iterable, Iterator, Sequence

from ann_cli.errors import counted
from ann_cli.experiments.study import ENDINGS, Ended
from ann_cli.experiments.tuned import Tuned
from ann_cli.experiments.tuning import Tuning, Work
from ann_cli.report.terminal import Terminal, what

MOST_REASONS = 3


def begin(terminal: Terminal, tuning: Tuning, width: int, before: int) -> None:
    """Say what will be searched on what."""
    terminal.say(what(tuning.example.data_set))
    terminal.warn(tuning.example.data_set.notes)
    if tuning.kept:
        terminal.say(f"{tuning.kept:.0%} of the rows are kept out, which only the last score sees")
    usual = "; the usual space, as the config has no {choose: …} and no {range: …}"
    terminal.say(
        f"each trial up to {counted(tuning.work.epochs, 'epoch')}, {width} at a time"
        f"{usual if tuning.usual else ''}",
        "dim",
    )
    names = {word.name: word.text for word in tuning.space.words.values() if len(word.at) == 1}
    within = {w.name: w.text for w in tuning.space.words.values() if len(w.at) > 1}
    for name, text in (names | within).items():
        terminal.say(f"  {name}: {text}", "dim")
    if tuning.work.listed:
        terminal.say("all combinations are tried, each once", "dim")
    if before:
        terminal.say(f"goes on from {counted(before, 'trial')} in {tuning.path}")


def progress(
    terminal: Terminal,
    work: Work,
    trials: Iterable[list[Ended]],
    before: int,
    seconds: float | None,
    count: int | None,
) -> Iterator[list[Ended]]:
    """Pass the trials on, drawing a line where the stream is a terminal."""
    if terminal.quiet or not terminal.stream.isatty():
        yield from trials
        return
    from ann_cli.report.tuning_progress import drawn

    yield from drawn(terminal.console, work, trials, before, seconds, count)


def show(terminal: Terminal, tuned: Tuned) -> None:
    """Show what was found of each setting, the scores on the kept rows, and the verdict."""
    if terminal.quiet:
        return
    searched = {word.name: word.text for word in tuned.tuning.space.words.values()}
    rows = [
        (name, value, *_share(tuned, name))
        for name, value in tuned.settings.items()
        if name in searched
    ]
    columns = ["found", *(["mattered"] if tuned.importance else [])]
    terminal.show(f"trial {tuned.best.number}", columns, rows)
    _endings(terminal, tuned)
    scores = {"tuned": tuned.scores}
    if tuned.before:
        scores["untuned"] = tuned.before
    terminal.table(f"on {counted(tuned.rows, 'test row')}", scores)
    terminal.say(tuned.verdict)
    if tuned.difference:
        terminal.say("By a 95% interval of the difference of their losses, row by row.", "dim")


def _share(tuned: Tuned, name: str) -> list[str]:
    if not tuned.importance:
        return []
    share = tuned.importance.get(name)
    return ["-" if share is None else f"{share:.0%}"]


def _endings(terminal: Terminal, tuned: Tuned) -> None:
    """Say how the trials ended, and why some came to nothing."""
    counts = [f"{count:,} {ending}" for ending, count in tuned.counts.items()]
    total = counted(len(tuned.ended), "trial")
    terminal.say(f"{total}: {', '.join(counts)}; {tuned.measure} {tuned.value:.6g} at best", "dim")
    for ending in ENDINGS:
        terminal.warn(_reasons([each for each in tuned.ended if each.ending == ending]))


def _reasons(ended: Sequence[Ended]) -> list[str]:
    reasons = list(dict.fromkeys(each.reason for each in ended if each.reason))
    said = [f"{ended[0].ending}: {reason.replace(chr(10), '; ')}" for reason in reasons]
    more = len(said) - MOST_REASONS
    return [*said[:MOST_REASONS], *([f"and {more} more such reasons"] if more > 0 else [])]
