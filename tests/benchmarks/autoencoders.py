"""How well autoencoders rebuild and tell what is unusual: figures of families.py.

Each beside principal components of the same width, of five draws. The tables come with scikit-learn
and with this project.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.metrics import roc_auc_score

import ann_cli
from ann_cli.data.rows.preparation import prepare
from ann_cli.engine.randomness import generators
from ann_cli.insight.reconstruction_baselines import reconstruction_baselines

HERE = Path(__file__).parents[2] / "datasets"
DRAWS = range(5)


def breast_cancer() -> tuple[pd.DataFrame, np.ndarray]:
    """Return the table and which rows are unusual: the malignant ones."""
    found = load_breast_cancer(as_frame=True)
    return found.data, found.target.to_numpy() == 0


def digits() -> tuple[pd.DataFrame, np.ndarray]:
    """Return the digits; unusual is the 8."""
    found = load_digits(as_frame=True)
    return found.data, found.target.to_numpy() == 8


def wine() -> tuple[pd.DataFrame, np.ndarray]:
    """Return the wines; unusual is the third grower's."""
    found = load_wine(as_frame=True)
    return found.data, found.target.to_numpy() == 2


def penguins() -> tuple[pd.DataFrame, np.ndarray]:
    """Return the penguins with their missing cells; unusual are the chinstraps."""
    found = pd.read_csv(HERE / "penguins.csv").drop(columns="year")
    return found.drop(columns=["species", "island"]), (found["species"] == "Chinstrap").to_numpy()


TABLES: tuple[Callable[[], tuple[pd.DataFrame, np.ndarray]], ...] = (
    *(breast_cancer, digits, wine, penguins),
)


def unusual_rows(rounds: int, threads: int) -> None:
    """Learn four fifths of the usual rows without layers named, and rank the others by error."""
    print("table,auc,auc_of_components,error,error_of_components")
    for table in TABLES:
        frame, unusual = table()
        rows = np.mean([_one(frame, unusual, draw) for draw in DRAWS], axis=0)
        print(table.__name__, *(f"{each:.4f}" for each in rows), sep=",", flush=True)


def _one(frame: pd.DataFrame, unusual: np.ndarray, draw: int) -> tuple[float, ...]:
    usual = np.random.default_rng(draw).permutation(np.flatnonzero(~unusual))
    trained, kept = np.split(usual, [len(usual) * 4 // 5])
    others = np.concatenate([kept, np.flatnonzero(unusual)])
    with tempfile.TemporaryDirectory() as folder:
        frame.iloc[trained].to_csv(f"{folder}/usual.csv", index=False)
        frame.iloc[kept].to_csv(f"{folder}/kept.csv", index=False)
        data = {"file": f"{folder}/usual.csv", "test": f"{folder}/kept.csv"}
        keys = {"data": data, "model": "autoencoder", "seed": draw, "save_to": f"{folder}/run"}
        run = ann_cli.train(keys)
        scores = run.metrics["test"], run.metrics["baselines"]["pca"]
        own, components = (each["reconstruction_error"] for each in scores)
        found = [_errors(run.model, frame.iloc[others])]
        found.append(_errors(_components(run.model), frame.iloc[others]))
    areas = [roc_auc_score(unusual[others], each) for each in found]
    return (*areas, own, components)


def _errors(model: ann_cli.Model, frame: pd.DataFrame) -> np.ndarray:
    return model.predict(frame)["reconstruction_error"].to_numpy()


def _components(model: ann_cli.Model) -> ann_cli.Model:
    data_set = prepare(model.config, generators(model.config.seed)["split"], model.encoder)
    return reconstruction_baselines(model, data_set.training)["pca"]
