"""What a perceptron came to, in words."""

from collections.abc import Iterator, Mapping
from typing import Any

from ann_cli.errors import counted


def sentences(metrics: Mapping[str, Any], name: str) -> Iterator[str]:
    """Yield what the metrics of a perceptron tell, by the rows of the side that judges.

    Nothing for another network.
    """
    if "perceptron" in metrics:
        yield _separation(metrics)
    seen = metrics[name]
    if "undecided" in seen:
        yield _decisions(seen, name, metrics["baselines"]["linear"])


def _separation(metrics: Mapping[str, Any]) -> str:
    found, rows = metrics["perceptron"], counted(metrics["training"]["rows"], "training row")
    if found["separable"]:
        return (
            f"The classes are linearly separable: no error on {rows} "
            f"after epoch {found['epoch']:,}."
        )
    return (
        f"The classes were not separated in {counted(metrics['epochs'], 'epoch')}: kept the "
        f"weights with the fewest errors ({found['errors']:,} of {rows}, "
        f"epoch {found['epoch']:,})."
    )


def _decisions(seen: Mapping[str, Any], name: str, softmax: Mapping[str, Any]) -> str:
    none, several = seen["undecided"]["none"], seen["undecided"]["several"]
    beside = (
        f"softmax always decides (the linear baseline): accuracy {softmax['accuracy']:.4f} "
        f"beside {seen['accuracy']:.4f}."
    )
    if not none + several:
        return f"On every one of {seen['rows']:,} {name} rows exactly one unit gives 1; {beside}"
    return (
        f"Undecided: {none + several:,} of {seen['rows']:,} {name} rows, where no unit gives 1 "
        f"({none:,}) or several do ({several:,}), and the first is taken; {beside}"
    )
