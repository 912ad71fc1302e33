"""`ann tune`."""

import re
import shlex
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ann_cli.cli.arguments import CLUSTER, CONFIG, FILE, SET, THREADS
from ann_cli.cli.numbers import WholeNumber
from ann_cli.cli.output import Output, check_not_read, named_files, options
from ann_cli.cli.signals import signal_of
from ann_cli.errors import FileError, counted

if TYPE_CHECKING:
    from ann_cli.experiments.tuned import Tuned
    from ann_cli.experiments.tuning import Tuning

USUAL_SECONDS = 300.0
UNITS = (3600, 60, 1)
DURATION = re.compile(r"(?=.)(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s?)?")


def to_seconds(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """Return a time in seconds: 5m, 90s, 2h30m; a number alone is seconds."""
    if value is None:
        return None
    found = DURATION.fullmatch(value)
    parts = zip(found.groups(), UNITS, strict=True) if found else ()
    seconds = sum(float(each) * unit for each, unit in parts if each)
    if not seconds:
        raise click.BadParameter(f"{value!r} is no time; for example 5m, 90s, 2h30m or 300")
    return seconds


@click.command(epilog="\b\nExample:\n  ann tune configs/penguins.yaml --trials 20 > tuned.yaml")
@CONFIG
@click.option(
    "--time",
    "seconds",
    metavar="DURATION",
    callback=to_seconds,
    help="How long: 90s, 5m, 2h30m; 5m unless --trials is given.",
)
@click.option("--trials", "count", type=WholeNumber(0), help="How many trials, at most.")
@click.option(
    "--processes", type=WholeNumber(1, 256), help="Trials at a time, at most; a core each."
)
@CLUSTER
@click.option("-o", "--output", "path", type=FILE, metavar="FILE", help="The file for the config.")
@click.option("--restart", is_flag=True, help="Forget the trials so far, and begin anew.")
@SET
@THREADS
@options
def command(
    output: Output,
    config: str,
    overrides: tuple[str, ...],
    seconds: float | None,
    count: int | None,
    processes: int | None,
    cluster: str | None,
    path: str | None,
    restart: bool,
) -> None:
    """Search settings for CONFIG that predict better, and print the config with the best.

    Wherever a value stands in CONFIG, {choose: [relu, mish]} or {range: [1e-4, 1e-1], log: true}
    may stand instead. Values that are chosen from may hold such words themselves:

    \b
      layers:
        choose:
          - [{units: {range: [16, 128], log: true}, activation: relu}]
          - [{units: 64}, {units: 64, dropout: {range: [0, 0.5]}}]
      optimizer: {name: adam, learning_rate: {range: [1e-4, 1e-1], log: true}}
      batch_size: {choose: [16, 32, 64]}

    Where none stands, the learning rate, the number of dense layers, their units and dropout, the
    batch size, the penalty and the schedule are searched. A CONFIG without layers is an ensemble of
    networks that differ in most of these: there the bins of numbers and the batch size are.

    Where combinations are few, each is tried once. Trials are judged by the validation rows, and
    those that fall behind the others are pruned. The config that is found is trained once more
    and scored on rows that no trial saw, those of data.test or else a fifth of all, beside CONFIG
    as it stood.

    Trials are kept in tuning.sqlite in the run folder: the same command goes on from there, also
    several at a time. With --processes 1 and --trials equal seeds give equal results; --trials 0
    prints the best so far. With --cluster each trial is a task of one worker, which reads the data
    by the same path. Needs the package optuna: pip install "ann-cli[tune]".
    """
    from ann_cli.config.read import read

    draft = read(config)
    if path:
        check_not_read(path, [config])
    if path and not Path(path).absolute().parent.is_dir():
        raise FileError("there is no such folder", place=str(Path(path).parent))

    from ann_cli.experiments.executors import executor
    from ann_cli.experiments.tuned import finish
    from ann_cli.experiments.tuning import Tuning
    from ann_cli.report import tuning as report

    if seconds is None and count is None:
        seconds = USUAL_SECONDS
    tuning, terminal = Tuning(draft, overrides, restart), output.terminal
    if path:
        check_not_read(path, named_files(tuning.example.data_set.config))
    address = (cluster or tuning.address) if count != 0 else None
    go_on = "start it again; the same command goes on from the trials that are kept"
    try:
        ended = tuning.ended()
        before = len(ended)
        with executor(
            address, processes, count, True, "--processes 1", go_on, terminal.say
        ) as where:
            report.begin(terminal, tuning, where.width, before)
            with closing(tuning.trials(where, seconds, count)) as trials:
                progress = report.progress(terminal, tuning.work, trials, before, seconds, count)
                for each in progress:
                    ended = each
        if any(each.value is not None for each in ended):
            terminal.say("training once more, for the score on the rows kept out", "dim")
        tuned = finish(tuning, ended)
    except BaseException as error:
        if ended_by := signal_of(error):
            ended_by.told = _how_to_go_on(tuning, sys.argv[1:])
            raise ended_by from None
        raise
    finally:
        tuning.close()
    report.show(terminal, tuned)
    _write(output, tuned, path)


def _write(output: Output, tuned: "Tuned", path: str | None) -> None:
    text = tuned.text(Path(path).absolute().parent if path else ".")
    if path:
        from ann_cli.model.files import write

        write(Path(path), text.encode("utf-8", "surrogateescape"))
    if output.as_json:
        output.document(_document(tuned, text, path))
    else:
        output.data(f"{path}\n" if path else text)


def _document(tuned: "Tuned", text: str, path: str | None) -> dict[str, Any]:
    return {
        "config": text,
        "output": path,
        "trials": {"all": len(tuned.ended), **tuned.counts},
        "best": {
            "trial": tuned.best.number,
            "measure": tuned.tuning.work.metric or "loss",
            "validation": tuned.value,
            "settings": tuned.settings,
        },
        "importance": dict(tuned.importance),
        "test": {"rows": tuned.rows, "tuned": tuned.scores, "untuned": tuned.before},
        "difference": vars(tuned.difference) if tuned.difference else None,
        "verdict": tuned.verdict,
        "storage": str(tuned.tuning.path),
    }


def _how_to_go_on(tuning: "Tuning", arguments: list[str]) -> str:
    done = counted(len(tuning.ended()), "trial")
    kept = shlex.join([each for each in arguments if each != "--restart"])
    return (
        f"ended by a signal after {done}, which are kept in {tuning.path}\n"
        f"go on: ann {kept}\nthe best so far: the same with --trials 0"
    )
