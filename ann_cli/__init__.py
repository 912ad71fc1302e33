"""ann: trains neural networks from a YAML file and a CSV.

`train(config) -> Run`, `load(path) -> Model`, `Model.predict(frame) -> DataFrame`,
`evaluate(config, folds=5) -> CrossValidation`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ann_cli.experiments.folds import CrossValidation, evaluate
    from ann_cli.model.model import Model
    from ann_cli.run import Run, load, train

__all__ = ["CrossValidation", "Model", "Run", "evaluate", "load", "train"]


def __getattr__(name: str) -> Any:
    """Load the rooms when they are first asked for, so that `ann --help` starts at once."""
    if name == "Model":
        from ann_cli.model.model import Model

        return Model
    if name in ("CrossValidation", "evaluate"):
        from ann_cli.experiments import folds

        return getattr(folds, name)
    if name in __all__:
        from ann_cli import run

        return getattr(run, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
