"""A cross-validation on the terminal: the network and its baselines, means with intervals."""

from collections.abc import Mapping

from ann_cli.config.models import MODELS
from ann_cli.errors import counted
from ann_cli.experiments.folds import CrossValidation, FoldsPlan
from ann_cli.insight.intervals import Interval
from ann_cli.insight.verdict import APART, verdicts
from ann_cli.report.baselines import called, verdict
from ann_cli.report.numbers import places, score, share, with_interval
from ann_cli.report.terminal import Terminal
from ann_cli.tasks import TASKS
from ann_cli.tasks.metrics import METRICS

MOST_FOLDS = 10
"""Trainings of which each one's score is shown; --json has all."""

FEW_TRAININGS = 5
"""Trainings below which an interval is more than twice as wide as with ten."""


def begin(terminal: Terminal, plan: FoldsPlan, jobs: int) -> None:
    """Say what will be trained on what, and how often."""
    example, trainings = plan.example.data_set, len(plan.trainings)
    task = TASKS[plan.task]()
    tested, trained = len(example.test or ()), len(example.training)
    validated = example.rows - trained - tested
    held = f", {validated:,} to validate" if validated else ""
    terminal.say(
        f"{plan.task}: {task.summary(example.encoder.targets)}; {counted(plan.rows, 'row')} in "
        f"{plan.folds:,} folds"
    )
    repeats = f" × {counted(plan.repeats, 'repeat')}" if plan.repeats > 1 else ""
    terminal.say(
        f"{plan.folds:,} folds{repeats}: {trainings:,} trainings, each up to "
        f"{counted(example.config.epochs, 'epoch')}, {jobs} at a time; no run folders are written",
        "dim",
    )
    terminal.say(
        f"the first on {counted(trained, 'row')}{held}; {tested:,} test; "
        f"{plan.example.model.network.theta.size:,} parameters",
        "dim",
    )
    terminal.warn(plan.notes)
    terminal.warn(f"in fold 1: {note}" for note in example.notes if note not in plan.notes)


def show(terminal: Terminal, plan: FoldsPlan, result: CrossValidation) -> None:
    """Show a row a model, what the numbers are, and the verdict."""
    if terminal.quiet:
        return
    scores, noun = result.scores, MODELS[plan.example.model.config.model].called
    names = [name for name in METRICS if name in scores["network"] and METRICS[name].shown]
    terminal.show(
        f"on {counted(result.folds, 'fold')}",
        [METRICS[name].label for name in names],
        [
            (noun if model == "network" else called(model), *(_cell(name, found) for name in names))
            for model, found in scores.items()
        ],
    )
    (decides, _), outcomes = TASKS[result.task].decides, result.outcomes
    if len(outcomes) <= MOST_FOLDS:
        each = [score(decides, one.scores["network"][decides]) for one in outcomes]
        terminal.say(f"{METRICS[decides].label} of the {noun} by fold: {'  '.join(each)}", "dim")
    terminal.say(
        f"means of {len(outcomes):,} trainings; ± or (low to high): 95% intervals of the score on "
        "new rows, corrected for the rows that trainings share (Nadeau & Bengio 2003)",
        "dim",
    )
    if TASKS[result.task].of_windows:
        terminal.say(
            "Folds of a series are no draws at random: each is later than the one before, and "
            "trained on more.",
            "dim",
        )
    standings = verdicts(TASKS[result.task], result.differences)
    terminal.say(verdict(standings, noun))
    terminal.say(
        f"By such intervals of the differences of their losses ({TASKS[result.task].row_loss}), "
        "paired by fold, 95% for all together.",
        "dim",
    )
    if len(outcomes) < FEW_TRAININGS and APART in {each["verdict"] for each in standings.values()}:
        terminal.say(
            f"{len(outcomes)} trainings leave these intervals wide; --folds 5 or 10 tells more.",
            "dim",
        )
    terminal.warn(note for note in result.notes if note not in plan.notes)


def _cell(name: str, found: Mapping[str, Interval | None]) -> str:
    interval = found.get(name)
    if interval is None:  # a baseline that a loss has no value for, such as a line below 0
        return "-"
    if METRICS[name].own_units:
        return with_interval(interval, f"{{:,.{places(abs(interval.mean))}f}}".format)
    return with_interval(interval, share)
