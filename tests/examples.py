"""Tables and configs that tests read, and two finished trainings."""

import gzip
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from commands import Run

LONG = 400
"""Lines of a table beyond which a ninth of them will do."""


@dataclass(frozen=True)
class Trained:
    """A finished training: the folder it ran in, and what lies there."""

    folder: Path
    config: Path
    weights: Path
    validation: Path
    finished: subprocess.CompletedProcess[str]


@pytest.fixture(scope="session")
def _examples(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("examples")
    shutil.copytree(checkout / "configs", made / "configs")
    (made / "datasets").mkdir()
    for whole in (checkout / "datasets").glob("*.csv*"):
        opened = gzip.open if whole.suffix == ".gz" else open
        with opened(whole, "rt") as file:
            lines = file.readlines()
        thinned = lines if len(lines) < LONG else [lines[0], *lines[1::9]]
        with opened(made / "datasets" / whole.name, "wt") as file:
            file.writelines(thinned)
    return made


@pytest.fixture
def examples(_examples: Path, tmp_path: Path) -> Path:
    """The test's folder with configs/ and datasets/, of which large tables are thinned."""
    shutil.copytree(_examples, tmp_path, dirs_exist_ok=True)
    return tmp_path


def _train(
    folder: Path, ann: Run, lines: Sequence[str], held: int, config: str, *data: str
) -> Trained:
    header, *rows = lines
    (folder / "training.csv").write_text("\n".join([header, *rows[held:], ""]))
    (folder / "validation.csv").write_text("\n".join([header, *rows[:held], ""]))
    path = folder / "config.yaml"
    named = ["file: training.csv", "validation: validation.csv", *data]
    path.write_text(f"data: {{{', '.join(named)}}}\n{config}save_to: run\n")
    finished = ann(folder, "train", "config.yaml")
    weights = folder / "run" / "weights.npz"
    return Trained(folder, path, weights, folder / "validation.csv", finished)


@pytest.fixture(scope="session")
def houses(checkout: Path, tmp_path_factory: pytest.TempPathFactory, warm_in: Run) -> Trained:
    """A regression: 800 houses, of which 200 validate. For reading only."""
    lines = (checkout / "datasets" / "house_prices.csv").read_text().splitlines()[:801]
    settings = "layers: [{units: 16, activation: relu}]\nepochs: 12\n"
    folder = tmp_path_factory.mktemp("houses")
    return _train(folder, warm_in, lines, 200, settings, "target: price")


@pytest.fixture(scope="session")
def penguins(checkout: Path, tmp_path_factory: pytest.TempPathFactory, warm_in: Run) -> Trained:
    """Classes, categories and missing cells: 344 penguins, every third of which validates."""
    header, *rows = (checkout / "datasets" / "penguins.csv").read_text().splitlines()
    lines = [header, *rows[::3], *rows[1::3], *rows[2::3]]
    settings = (
        "layers: [{units: 6, activation: tanh}]\noptimizer: {name: adam, learning_rate: 0.01}\n"
        "epochs: 6\n"
    )
    folder = tmp_path_factory.mktemp("penguins")
    return _train(folder, warm_in, lines, 115, settings, "target: species", "exclude: [year]")
