"""Cross-validated quality of `recipe: auto` beside scikit-learn's usual models, on public tables.

    python tests/benchmarks/quality.py
    python tests/benchmarks/quality.py --tables house_prices,wine --folds 5 --seeds 3
    python tests/benchmarks/quality.py --rdatasets FOLDER        # its CSVs: package__table.csv
    python tests/benchmarks/quality.py --rdatasets FOLDER --unseen --most-rows 120000

CatBoost stands beside them where it is installed.

Ours is a config of nothing but a file and a target. Each fold is a CSV of its own, and every model
is scored on the fold that none has seen: by R² for numbers, by accuracy for classes. A table's line
has the mean over folds and seeds, and the processor-seconds of one training. At the end stands the
mean rank of each model over the tables (1 is the best; equal scores share), with its least and
greatest over the seeds.
"""

import argparse
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import sklearn.datasets
from scipy.stats import rankdata
from sklearn.compose import (
    TransformedTargetRegressor,
    make_column_selector,
    make_column_transformer,
)
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

import ann_cli
from ann_cli.run import evaluate

try:
    import catboost
except ImportError:
    catboost = None

ROOT = Path(__file__).parents[2]
LEAST_ROWS = 300


class Table(NamedTuple):
    frame: pd.DataFrame
    target: str
    regression: bool


SHIPPED = {"house_prices": ("price", True), "penguins": ("species", False)}
SCIKIT_LEARN = {"diabetes": True, "breast_cancer": False, "wine": False, "digits": False}
RDATASETS: dict[str, tuple[str, bool, list[str]]] = {
    # file: target, whether it is a number, columns that tell it or only name the row
    "AER__CPS1985": ("wage", True, []),
    "AER__CreditCard": ("card", False, ["expenditure", "share"]),
    "AER__HMDA": ("deny", False, []),
    "DAAG__spam7": ("yesno", False, []),
    "Ecdat__Computers": ("price", True, []),
    "Ecdat__MedExp": ("med", True, []),
    "ISLR__Auto": ("mpg", True, []),
    "ISLR__Carseats": ("Sales", True, []),
    "ISLR__College": ("Grad.Rate", True, []),
    "ISLR__Credit": ("Balance", True, ["ID"]),
    "ISLR__OJ": ("Purchase", False, []),
    "ISLR__Wage": ("wage", True, ["logwage"]),
    "MASS__Boston": ("medv", True, []),
    "MASS__biopsy": ("class", False, ["ID"]),
    "carData__Chile": ("vote", False, []),
    "carData__Salaries": ("salary", True, []),
    "carData__TitanicSurvival": ("survived", False, []),
    "datasets__quakes": ("stations", True, []),
    "dslabs__olive": ("area", False, ["region"]),
    "modeldata__Sacramento": ("price", True, []),
    "modeldata__attrition": ("Attrition", False, []),
    "modeldata__biomass": ("HHV", True, ["sample"]),
    "modeldata__car_prices": ("Price", True, []),
    "modeldata__cells": ("class", False, ["case"]),
    "modeldata__concrete": ("compressive_strength", True, []),
    "modeldata__credit_data": ("Status", False, []),
    "modeldata__hpc_data": ("class", False, []),
    "modeldata__leaf_id_flavia": ("species", False, []),
    "modeldata__mlc_churn": ("churn", False, []),
    "mosaicData__SaratogaHouses": ("price", True, []),
    "openintro__bdims": ("wgt", True, ["bmi"]),
    "openintro__email": ("spam", False, ["time"]),
    "wooldridge__gpa2": ("colgpa", True, []),
}

UNSEEN: dict[str, tuple[str, bool, list[str]]] = {
    # Tables that chose no setting of the recipe.
    "AER__CASchools": ("math", True, ["read"]),
    "AER__CPS1988": ("wage", True, []),
    "AER__CPSSW8": ("earnings", True, []),
    "DAAG__nassCDS": ("dead", False, ["deploy", "injSeverity", "caseid"]),
    "Ecdat__Train": ("choice", False, ["id", "choiceid"]),
    "carData__GSSvocab": ("vocab", True, []),
    "carData__SLID": ("wages", True, []),
    "causaldata__scorecard": ("earnings_med", True, []),
    "dplyr__storms": ("wind", True, ["category", "status"]),
    "modeldata__Chicago": ("ridership", True, []),
    "modeldata__check_times": ("check_time", True, ["package"]),
    "modeldata__hotel_rates": ("avg_price_per_room", True, []),
    "modeldata__stackoverflow": ("Remote", False, []),
    "mosaicData__Birthdays": ("births", True, []),
    "openintro__epa2012": (
        "comb_mpg",
        True,
        [
            "city_mpg",
            "hwy_mpg",
            "fuel_economy_range",
            "carb",
            "comb_co2",
            "city_co2",
            "hwy_co2",
            "ghg",
        ],
    ),
    "openintro__loans_full_schema": (
        "interest_rate",
        True,
        ["grade", "sub_grade", "installment", "paid_interest", "paid_principal", "paid_total"],
    ),
    "openintro__ncbirths": ("weight", True, ["lowbirthweight"]),
    "openintro__seattlepets": (
        "species",
        False,
        ["license_number", "primary_breed", "secondary_breed"],
    ),
    "openintro__yrbss": ("physically_active_7d", True, []),
    "plyr__baseball": ("hr", True, ["id"]),
    "psych__bfi": ("age", True, []),
    "ratdat__complete": ("weight", True, ["record_id"]),
    "sampleSelection__nlswork": ("ln_wage", True, ["idcode"]),
    "stevedata__gss_abortion": (
        "abany",
        False,
        ["id", "abdefect", "abnomore", "abhlth", "abpoor", "abrape", "absingle"],
    ),
    "stevedata__wvs_justifbribe": ("f117", True, ["uid"]),
    "survival__colon": ("status", False, ["id", "study"]),
    "survival__flchain": ("death", False, ["futime", "chapter"]),
    "wooldridge__beauty": ("wage", True, ["lwage"]),
    "wooldridge__census2000": ("lweekinc", True, []),
    "wooldridge__gpa3": ("trmgpa", True, ["ctrmgpa"]),
    "wooldridge__hprice3": ("price", True, ["lprice", "rprice", "lrprice"]),
    "wooldridge__loanapp": ("approve", False, ["reject", "action"]),
    "wooldridge__meap93": ("math10", True, []),
    "wooldridge__school93_98": ("math4", True, ["distid", "schid"]),
    "wooldridge__wage2": ("wage", True, ["lwage"]),
}


def tables(folder: Path | None, unseen: bool, most: int) -> Iterator[tuple[str, Table]]:
    """Yield the tables by name; of R's packages, of more than `most` rows evenly spaced ones."""
    for name, (target, regression) in SHIPPED.items():
        frame = pd.read_csv(ROOT / "datasets" / f"{name}.csv")
        yield name, Table(frame, target, regression)
    for name, regression in SCIKIT_LEARN.items():
        load = getattr(sklearn.datasets, f"load_{name}")
        yield name, Table(load(as_frame=True).frame, "target", regression)
    of_r = {} if folder is None else UNSEEN if unseen else RDATASETS
    for name, (target, regression, dropped) in of_r.items():
        assert folder is not None
        if not (folder / f"{name}.csv").exists():
            continue
        frame = pd.read_csv(folder / f"{name}.csv").dropna(subset=[target])
        frame = frame.drop(columns=[*dropped, "rownames"], errors="ignore")
        step = -(-len(frame) // most)
        if len(frame) >= LEAST_ROWS:
            yield name, Table(frame.iloc[::step].reset_index(drop=True), target, regression)


def encoded(model: Any) -> Any:
    """Return a model on scaled numbers and one-hot categories."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    texts = OneHotEncoder(handle_unknown="ignore")
    return make_pipeline(_by_kind(numbers, texts), model)


def boosted(model: Any) -> Any:
    """Return a model of trees on numbers as they are, and on categories by their codes."""
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    return make_pipeline(_by_kind("passthrough", codes), model)


def _by_kind(numbers: Any, texts: Any) -> Any:
    return make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (texts, make_column_selector(dtype_exclude="number")),
    )


class CatBoost:
    """CatBoost as it is by default; texts are its categories."""

    def __init__(self, regression: bool, seed: int) -> None:
        kind = catboost.CatBoostRegressor if regression else catboost.CatBoostClassifier
        self.model = kind(random_seed=seed, verbose=False, allow_writing_files=False)

    def fit(self, x: pd.DataFrame, y: Any) -> "CatBoost":
        texts = list(x.select_dtypes(exclude="number"))
        self.model.fit(_filled(x, texts), y.astype(str) if y.dtype == object else y, texts)
        return self

    def score(self, x: pd.DataFrame, y: Any) -> float:
        texts = list(x.select_dtypes(exclude="number"))
        return float(self.model.score(_filled(x, texts), y))


def _filled(x: pd.DataFrame, texts: list[str]) -> pd.DataFrame:
    return x.assign(**{name: x[name].astype(object).fillna("").astype(str) for name in texts})


def peers(regression: bool, seed: int) -> dict[str, Any]:
    """Return the models that ours is compared with, each with its usual preprocessing."""
    if regression:
        network = TransformedTargetRegressor(
            MLPRegressor(random_state=seed), transformer=StandardScaler()
        )
        models = {
            "linear": encoded(LinearRegression()),
            "mlp": encoded(network),
            "boosting": boosted(HistGradientBoostingRegressor(random_state=seed)),
        }
    else:
        models = {
            "linear": encoded(LogisticRegression(max_iter=5000)),
            "mlp": encoded(MLPClassifier(random_state=seed)),
            "boosting": boosted(HistGradientBoostingClassifier(random_state=seed)),
        }
    return models | ({"catboost": CatBoost(regression, seed)} if catboost else {})


def ours(table: Table, train: Any, test: Any, seed: int, overrides: list[str]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        table.frame.iloc[train].to_csv(place / "train.csv", index=False)
        table.frame.iloc[test].to_csv(place / "test.csv", index=False)
        config = {
            "data": {"file": str(place / "train.csv"), "target": table.target},
            "task": "regression" if table.regression else "classification",
            "seed": seed,
            "save_to": str(place / "run"),
        }
        run = ann_cli.train(config, overrides)
        scores = evaluate(run.model, str(place / "test.csv")).scores
    return float(scores["r2" if table.regression else "accuracy"])


def theirs(model: Any, table: Table, train: Any, test: Any) -> float:
    x, y = table.frame.drop(columns=table.target), table.frame[table.target]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(model.fit(x.iloc[train], y.iloc[train]).score(x.iloc[test], y.iloc[test]))


def measured(work: Callable[[], float]) -> tuple[float, float]:
    """Return the score, and the processor-seconds that it took."""
    before = time.process_time()
    return work(), time.process_time() - before


def scores_of(
    table: Table, folds: int, seed: int, overrides: list[str]
) -> dict[str, tuple[float, float]]:
    """Return each model's mean score and processor-seconds over the folds."""
    kind = KFold if table.regression else StratifiedKFold
    divided = kind(folds, shuffle=True, random_state=seed).split(
        table.frame, None if table.regression else table.frame[table.target]
    )
    found: dict[str, list[tuple[float, float]]] = {}
    for train, test in divided:
        works: dict[str, Callable[[], float]] = {
            "ann": lambda: ours(table, train, test, seed, overrides)  # noqa: B023
        }
        for name, model in peers(table.regression, seed).items():
            works[name] = lambda model=model: theirs(model, table, train, test)  # noqa: B023
        for name, work in works.items():
            found.setdefault(name, []).append(measured(work))
    return {name: tuple(np.mean(each, axis=0).tolist()) for name, each in found.items()}


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tables", default="", help="names, with commas between; else all")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=3, help="how many, from 0")
    parser.add_argument("--rdatasets", type=Path, help="a folder with CSVs of R's packages")
    parser.add_argument(
        "--unseen", action="store_true", help="of these the tables that chose no setting"
    )
    parser.add_argument("--most-rows", type=int, default=4000, help="rows of such a CSV")
    parser.add_argument("--set", action="append", default=[], help="a key of ours: epochs=20")
    return parser.parse_args()


def main() -> None:
    given = options()
    wanted = set(filter(None, given.tables.split(",")))
    ranks: list[list[Any]] = []
    names: list[str] = []
    for name, table in tables(given.rdatasets, given.unseen, given.most_rows):
        if wanted and name not in wanted:
            continue
        found = [scores_of(table, given.folds, seed, given.set) for seed in range(given.seeds)]
        if not names:
            names = list(found[0])
            seconds = [f"{each}_seconds" for each in names]
            print(",".join(["table", "rows", "metric", *names, *seconds]))
        means = np.mean([[each[model] for model in names] for each in found], axis=0)
        metric = "r2" if table.regression else "accuracy"
        cells = [f"{each:.4f}" for each in means[:, 0]] + [f"{each:.2f}" for each in means[:, 1]]
        print(",".join([name, str(len(table.frame)), metric, *cells]), flush=True)
        ranks.append([rankdata([-round(each[model][0], 4) for model in names]) for each in found])
    if not ranks:
        raise SystemExit("no such table")
    by_seed = np.mean(ranks, axis=0)
    rows = zip(names, by_seed.mean(axis=0), by_seed.min(axis=0), by_seed.max(axis=0), strict=True)
    for model, mean, least, most in rows:
        print(f"mean rank of {model}: {mean:.2f} ({least:.2f} to {most:.2f})")


if __name__ == "__main__":
    main()
