"""Five-fold cross-validated quality beside scikit-learn's, on our data and four of its sets.

    python tests/benchmarks/quality.py

Each fold is a CSV of its own; ours trains through `ann_cli.train` (its validation rows are part of
the training fold), and every model is scored on the fold that none has seen.
"""

import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import sklearn.datasets
from sklearn.compose import (
    TransformedTargetRegressor,
    make_column_selector,
    make_column_transformer,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import ann_cli
from ann_cli.run import evaluate

ROOT = Path(__file__).parents[2]
SHIPPED = {"house_prices": "price", "penguins": "species"}


def tables() -> dict[str, tuple[pd.DataFrame, str]]:
    found = {
        name: (pd.read_csv(ROOT / "datasets" / f"{name}.csv"), target)
        for name, target in SHIPPED.items()
    }
    for name in ("diabetes", "breast_cancer", "wine", "digits"):
        load = getattr(sklearn.datasets, f"load_{name}")
        found[name] = (load(as_frame=True).frame, "target")
    return found


def encoded(model: object) -> object:
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    texts = OneHotEncoder(handle_unknown="ignore")
    split = make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (texts, make_column_selector(dtype_exclude="number")),
    )
    return make_pipeline(split, model)


def fold_scores(name: str, frame: pd.DataFrame, target: str, seed: int) -> list[dict[str, float]]:
    regression = name in ("house_prices", "diabetes")
    folds = (KFold if regression else StratifiedKFold)(5, shuffle=True, random_state=seed)
    scores = []
    for train, test in folds.split(frame, None if regression else frame[target]):
        row = {}
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            frame.iloc[train].to_csv(place / "train.csv", index=False)
            frame.iloc[test].to_csv(place / "test.csv", index=False)
            config: object = {"data": {"file": str(place / "train.csv"), "target": target}}
            overrides = [f"save_to={place / 'run'}"]
            if name in SHIPPED:
                config = ROOT / "configs" / f"{name}.yaml"
                overrides.append(f"data.file={place / 'train.csv'}")
            run = ann_cli.train(config, overrides)
            metrics = evaluate(run.model, str(place / "test.csv")).scores
            row["ann"] = metrics["r2" if regression else "accuracy"]
        x, y = frame.drop(columns=target), frame[target]
        rivals = {
            "linear": LinearRegression() if regression else LogisticRegression(max_iter=5000),
            "mlp": TransformedTargetRegressor(
                MLPRegressor(random_state=seed), transformer=StandardScaler()
            )
            if regression
            else MLPClassifier(random_state=seed),
        }
        for rival, model in rivals.items():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                fitted = encoded(model).fit(x.iloc[train], y.iloc[train])
                row[rival] = fitted.score(x.iloc[test], y.iloc[test])
        scores.append(row)
    return scores


def main(names: list[str]) -> None:
    print("data,ann,linear,mlp")
    for name, (frame, target) in tables().items():
        if names and name not in names:
            continue
        rows = [row for seed in range(3) for row in fold_scores(name, frame, target, seed)]
        means = [np.mean([row[key] for row in rows]) for key in ("ann", "linear", "mlp")]
        print(f"{name}," + ",".join(f"{mean:.4f}" for mean in means), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
