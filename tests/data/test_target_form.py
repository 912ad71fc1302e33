"""What a number is learned as, where its predictions end, and who is told of it."""

import json

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.metrics import r2_score

import ann_cli
from ann_cli.config.read import load as load_config
from ann_cli.data.rows.data_set import rows_asked_for
from ann_cli.data.rows.preparation import prepare
from ann_cli.data.rows.random_units import PENALTIES, hidden_units, left_out_predictions
from ann_cli.errors import ConfigError, DataError
from ann_cli.run import evaluate

GENERATOR = np.random.default_rng(0)
ROWS = 600


@pytest.fixture
def table(tmp_path):
    generator = np.random.default_rng(0)
    x = generator.normal(size=(ROWS, 2))
    frame = pd.DataFrame(x, columns=["a", "b"])
    frame["claim"] = np.exp(7 + 1.2 * x[:, 0] - 0.8 * x[:, 1] + 0.5 * generator.normal(size=ROWS))
    frame["share"] = generator.beta(1, 3, ROWS)
    frame["even"] = 5 + x[:, 0] + 0.1 * generator.normal(size=ROWS)
    frame["both"] = np.exp(1.2 * x[:, 0] + 0.3 * generator.normal(size=ROWS)) - 0.3
    frame.to_csv(tmp_path / "rows.csv", index=False)
    return tmp_path / "rows.csv"


def config(table, *, unnamed=True, **data):
    target = data.get("target", "claim")
    others = {"claim", "share", "even", "both"} - {*np.atleast_1d(target)}
    settings = {} if unnamed else {"layers": [{"units": 8}]}
    return {
        "data": {"file": str(table), "target": target, "exclude": sorted(others), **data},
        "task": "regression",
        "epochs": 15,
        "save_to": str(table.parent / "run"),
        **settings,
    }


def prepared(given):
    return prepare(load_config(given), np.random.default_rng(0))


def test_skewed_claims_are_learned_as_their_logarithm_and_it_is_told(table):
    keys = {"test": 0.25}
    runs = {
        transform: ann_cli.train(config(table, target_transform=transform, **keys), resume=False)
        for transform in ("none", "auto")
    }
    (told,) = (note for note in runs["auto"].notes if "heavy-tailed" in note)
    assert told.startswith("claim is heavy-tailed: learned as its logarithm, by which a quick")
    assert not any("heavy-tailed" in note for note in runs["none"].notes)
    written = yaml.safe_load(runs["auto"].path.with_name("config.yaml").read_text())["data"]
    assert (written["target_transform"], written["target_range"]) == ("log", "auto")
    frame = pd.read_csv(table)
    errors = {
        name: np.median(np.abs(run.model.predict(frame)["prediction"] / frame["claim"] - 1))
        for name, run in runs.items()
    }
    assert errors["auto"] < 0.9 * errors["none"]
    found = evaluate(runs["auto"].model, str(table))
    predicted = runs["auto"].model.predict(frame)["prediction"]
    assert found.scores["r2"] == pytest.approx(r2_score(frame["claim"], predicted))
    mean = runs["auto"].metrics["baselines"]["mean"]
    assert mean["r2"] == pytest.approx(0, abs=0.05)  # the mean of the claims, not of logarithms
    assert ann_cli.load(runs["auto"].path).predict(frame).equals(runs["auto"].model.predict(frame))


@pytest.mark.parametrize("stream", [False, True])
def test_the_choice_is_made_from_a_file_too(table, stream):
    found = prepared(config(table, stream=stream))
    assert found.config.data.target_transform == "log"
    assert found.encoder.target.high == pytest.approx(pd.read_csv(table)["claim"].max(), rel=0.9)


@pytest.mark.parametrize(
    ("given", "transform", "low", "high"),
    [
        ({"target": "even"}, "none", 0, None),
        ({"target": "share"}, "none", 0, 1),
        ({"target": "both"}, "power", "least", "greatest"),
        ({}, "log", 0, "greatest"),
        ({"unnamed": False}, "none", None, None),
        ({"unnamed": False, "target_transform": "auto"}, "log", None, None),
        ({"unnamed": False, "target_range": "auto"}, "none", 0, None),
        ({"target": "even", "target_range": "trained"}, "none", "least", "greatest"),
        ({"target": "even", "target_range": [None, 6]}, "none", None, 6),
        ({"target_transform": "none", "target_range": "none"}, "none", None, None),
    ],
)
def test_what_is_chosen_and_where_it_ends(table, given, transform, low, high):
    found = prepared(config(table, validation=0, **given))
    column = pd.read_csv(table)[given.get("target", "claim")]
    ends = {"least": column.min(), "greatest": column.max()}
    target = found.encoder.target
    assert found.config.data.target_transform == transform
    expected = tuple(ends.get(each, each) for each in (low, high))
    assert (target.low, target.high) == expected


def test_predictions_end_there_and_actual_values_do_not(table):
    run = ann_cli.train(config(table, unnamed=False, target="even", target_range=[4.5, 5.5]))
    frame = pd.read_csv(table)
    predicted = run.model.predict(frame)["prediction"]
    assert (predicted.min(), predicted.max()) == (4.5, 5.5)
    scores = evaluate(run.model, str(table)).scores
    assert scores["r2"] == pytest.approx(r2_score(frame["even"], predicted))


def test_several_targets_have_each_their_own(table):
    run = ann_cli.train(config(table, target=["claim", "even"]))
    written = yaml.safe_load(run.path.with_name("config.yaml").read_text())["data"]
    assert written["target_transform"] == {"claim": "log", "even": "none"}
    again = ann_cli.train(run.path.with_name("config.yaml"), resume=False)
    one, other = (each.model.encoder.targets for each in (run, again))
    assert one == other
    assert run.metrics["baselines"]["mean"]["r2"] == pytest.approx(0, abs=0.05)
    assert set(run.metrics["targets"]) == {"claim", "even"}


HEAVY = [["claim"], ["claim", "both"], ["both", "share", "claim"], ["claim", "even", "both"]]


@pytest.mark.parametrize("targets", HEAVY, ids=" ".join)
def test_what_is_told_of_a_target_depends_on_no_other(table, targets):
    def told(target):
        exclude = ["claim", "share", "even", "both"]
        given = config(table, target=target, exclude=sorted({*exclude} - {*np.atleast_1d(target)}))
        found = prepared(given)
        forms = {each.name: each.transform for each in found.encoder.targets}
        return forms, [note for note in found.notes if "heavy-tailed" in note]

    forms, notes = told(targets)
    alone = [told(target) for target in targets]
    assert forms == {name: form for each, _ in alone for name, form in each.items()}
    assert notes == [note for _, each in alone for note in each]
    assert any(forms.values())


def test_names_its_layers_and_nothing_is_stored_of_it(table):
    run = ann_cli.train(config(table, unnamed=False))
    with np.load(run.path) as file:
        (target,) = [json.loads(str(file["metadata"]))["encoder"]["target"]]
    assert set(target) == {"name", "center", "scale"}


def test_configs_of_which_one_names_its_layers_ask_for_other_rows(table):
    one, other = (load_config(config(table, unnamed=unnamed)) for unnamed in (False, True))
    assert rows_asked_for(one) != rows_asked_for(other)


@pytest.mark.parametrize("loss", ["half_squared_error", "mean_absolute_error"])
def test_the_mean_is_predicted_where_the_loss_is_least_at_it(table, loss):
    """Of a claim that nothing tells, the mean or the median is predicted."""
    given = config(table, unnamed=False, target_transform="log", features=["even"], exclude=[])
    run = ann_cli.train({**given, "layers": [], "loss": loss, "epochs": 60})
    claim = pd.read_csv(table)["claim"]
    predicted = run.model.predict(pd.read_csv(table).sample(1, random_state=0) * 0 + 5)
    assert claim.mean() > 2 * claim.median()
    close = claim.mean() if loss == "half_squared_error" else claim.median()
    other = claim.median() if loss == "half_squared_error" else claim.mean()
    assert abs(predicted["prediction"].item() / close - 1) < abs(
        predicted["prediction"].item() / other - 1
    )


def test_rows_left_out_are_predicted_by_models_that_never_saw_them():
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import LeaveOneOut, cross_val_predict

    x = GENERATOR.normal(size=(60, 3))
    y = np.sin(2 * x[:, 0]) + GENERATOR.normal(size=60)
    goals = np.stack([y, 100 * GENERATOR.normal(size=60)], axis=-1)
    found = left_out_predictions(x, goals)
    hidden = hidden_units(x)
    for at, goal in enumerate(goals.T):
        oracles = [
            cross_val_predict(Ridge(alpha=penalty), hidden, goal, cv=LeaveOneOut())
            for penalty in PENALTIES
        ]
        best = min(oracles, key=lambda each: float(np.square(each - goal).mean()))
        np.testing.assert_allclose(found[:, at], best, atol=0.03 * goal.std())  # of the middle


NOISE = np.random.default_rng(2).normal(size=2000)
HEAVY_TAILED = {
    "a logarithm makes it a sum": (lambda a, b: np.exp(a + b + 0.1 * NOISE), "log"),
    "it is a sum, and nothing is to be won": (lambda a, b: 20 + a + b + 3 * np.exp(NOISE), "none"),
    "steep, but not like exp": (lambda a, b: np.maximum(a, 0) * 50 + np.abs(NOISE), "none"),
}


@pytest.mark.parametrize(("target", "chosen"), HEAVY_TAILED.values(), ids=HEAVY_TAILED)
def test_a_transform_is_chosen_where_a_network_gains_by_it(tmp_path, target, chosen):
    x = np.random.default_rng(3).normal(size=(2000, 2))
    frame = pd.DataFrame(x, columns=["a", "b"])
    frame["claim"] = target(frame["a"], frame["b"])
    frame.to_csv(tmp_path / "rows.csv", index=False)
    data = {"file": str(tmp_path / "rows.csv"), "target": "claim"}
    assert prepared({"data": data}).config.data.target_transform == chosen


@pytest.mark.parametrize(
    ("keys", "kind", "message"),
    [
        (
            {"target_transform": "lg"},
            ConfigError,
            "expected a mapping, or auto, none, log or",
        ),
        ({"target_transform": {"rent": "log"}}, ConfigError, "no data.target: rent"),
        ({"target_range": [3, 1]}, ConfigError, "the range goes from low to high"),
        ({"target": "both", "target_transform": "log"}, DataError, "target_transform: power"),
    ],
)
def test_what_makes_no_sense(table, keys, kind, message):
    with pytest.raises(kind, match=message):
        prepared(config(table, **keys))


def test_an_encoder_has_the_transform_that_the_config_asks_for(table):
    run = ann_cli.train(config(table, unnamed=False, target_transform="log"))
    given = config(table, unnamed=False, target_transform="none")
    with pytest.raises(ConfigError, match="target_transform: log, and this config asks for none"):
        ann_cli.train(given, encoder=run.path, resume=False)
    again = ann_cli.train(config(table), encoder=run.path, resume=False)
    assert again.model.encoder.target.transform == run.model.encoder.target.transform
