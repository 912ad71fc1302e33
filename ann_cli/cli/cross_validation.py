"""`ann evaluate --folds`: a config by cross-validation."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ann_cli.cli.output import Output, check_not_read, check_writable, named_files, table
from ann_cli.errors import ConfigError, WeightsError

if TYPE_CHECKING:
    from ann_cli.experiments.folds import CrossValidation
    from ann_cli.insight.baselines import Which
    from ann_cli.insight.intervals import Interval


def cross_validate(
    output: Output,
    source: str,
    folds: int,
    repeats: int,
    predictions: str | None,
    baselines: "Which",
    jobs: int | None,
    cluster: str | None,
    overrides: tuple[str, ...],
) -> None:
    """Train and score all folds, show the table, and write the results."""
    if source != "-":
        _refuse_weights(source)
    if predictions == "-":
        raise ConfigError(
            "standard output has the scores", place="--predictions", remedy="name a file"
        )
    if predictions is not None:
        check_writable(predictions)

    from ann_cli.config.read import load

    checked = load(source, overrides)
    if predictions is not None:
        check_not_read(predictions, [source, *named_files(checked)])

    from ann_cli.experiments.executors import executor
    from ann_cli.experiments.folds import FoldsPlan
    from ann_cli.report import comparison
    from ann_cli.report import folds as report

    terminal = output.terminal
    plan = FoldsPlan(checked, folds, repeats, baselines, predictions is not None)
    trainings, address = len(plan.trainings), cluster or plan.address
    go_on = "start it again, and the same command"
    with executor(address, jobs, trainings, True, go_on=go_on, say=terminal.say) as where:
        report.begin(terminal, plan, where.width)
        result = plan.result(dict(comparison.progress(terminal, plan.train(where), trainings)))
    report.show(terminal, plan, result)
    if predictions is not None:
        _write(predictions, result, "%.9g" if checked.precision == "float32" else "")
    if output.as_json:
        output.document(_document(result))
        return
    network = result.scores["network"]
    output.data(
        table("metric,value,low,high", [(name, _bounds(each)) for name, each in network.items()])
    )


def _refuse_weights(source: str) -> None:
    """Raise ConfigError where weights or a run folder stand in the place of a config."""
    from ann_cli.model.weights import weights_file

    folder = Path(source).is_dir()
    try:
        weights = Path(weights_file(source))
        with open(weights, "rb") as file:
            found = file.read(4) == b"PK\x03\x04"
    except (OSError, ValueError, WeightsError):
        return
    if found:
        beside = weights.with_name("config.yaml")
        there = beside if beside.is_file() else "CONFIG"
        raise ConfigError(
            f"this is {'a run folder' if folder else 'a weights file'}, and --folds trains a "
            "config anew",
            place=source,
            remedy=f"ann evaluate {there} --folds …, or ann evaluate {source} DATA",
        )


def _bounds(interval: "Interval | None") -> list[float | None]:
    if interval is None:
        return [None] * 3
    return [interval.mean, interval.low, interval.high]


def _document(result: "CrossValidation") -> dict[str, Any]:
    from ann_cli.insight.verdict import verdicts
    from ann_cli.tasks import TASKS

    scores = result.scores
    means = {
        model: {name: each and each.mean for name, each in found.items()}
        for model, found in scores.items()
    }
    return {
        "task": result.task,
        "rows": result.rows,
        "folds": result.folds,
        "repeats": result.repeats,
        "seed": result.seed,
        "metrics": means.pop("network"),
        "baselines": means,
        "intervals": {
            model: {
                name: each and {"low": each.low, "high": each.high} for name, each in found.items()
            }
            for model, found in scores.items()
        },
        "verdict": verdicts(TASKS[result.task], result.differences),
        "trainings": [
            {
                "repeat": each.repeat,
                "fold": each.fold,
                "rows": each.rows,
                "training_rows": each.training_rows,
                "epochs": each.epochs,
                "best_epoch": each.best_epoch,
                "seconds": round(each.seconds, 3),
                "metrics": each.scores["network"],
                "baselines": {
                    name: found for name, found in each.scores.items() if name != "network"
                },
            }
            for each in result.outcomes
        ],
        "notes": list(result.notes),
    }


def _write(path: str, result: "CrossValidation", number: str) -> None:
    from ann_cli.cli.predicted_rows import written
    from ann_cli.model.files import write

    def form(column: str) -> str:
        return "" if column.startswith("actual") else number

    formats: Callable[[str], str] = form
    text = "".join(written(iter([result.predictions]), "csv", formats, []))
    write(Path(path), text.encode("utf-8", "surrogateescape"))
