"""A recommender: what it predicts of pairs, what it recommends, and what it refuses."""

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge

import ann_cli
from ann_cli.data.ratings.matrix import Matrix
from ann_cli.data.ratings.source import as_inputs
from ann_cli.errors import AnnError, ConfigError, DataError
from ann_cli.insight.inspection import inspect
from ann_cli.insight.recommendation_baselines import RIDGE, ease_weights
from ann_cli.model.estimate import check_network
from ann_cli.report.page.material import material
from ann_cli.report.page.report import shown
from ann_cli.run import Recommendations, evaluate

USERS, ITEMS = 60, 25


@pytest.fixture(scope="module")
def frame():
    """Ratings by two tastes, of which each user has one; an item's name is a formula."""
    generator = np.random.default_rng(7)
    taste = generator.integers(0, 2, USERS)
    users, items = np.nonzero(generator.random((USERS, ITEMS)) < 0.5)
    likes = np.where(taste[users] == items % 2, 4.3, 1.9) + generator.normal(size=len(users)) / 3
    names = np.array([f"=item{n}" if n == 3 else f"item{n}" for n in range(ITEMS)], dtype=object)
    return pd.DataFrame(
        {
            "who": users + 100,
            "what": names[items],
            "stars": np.clip(likes.round(), 1, 5).astype(int),
            "day": generator.permutation(len(users)),
        }
    )


def _keys(folder, name="run", **keys):
    data = {"file": str(folder / "ratings.csv"), "user": "who", "item": "what", "rating": "stars"}
    data |= keys.pop("data", {})
    data = {key: value for key, value in data.items() if value is not None}
    usual = {"model": "autoencoder", "save_to": str(folder / name), "epochs": 25}
    layers = [{"units": 8, "activation": "tanh"}]
    optimizer = {"name": "adam", "learning_rate": 0.01}
    return {"data": data, "layers": layers, "optimizer": optimizer, "l2": 0.05, **usual, **keys}


@pytest.fixture(scope="module")
def folder(tmp_path_factory, frame):
    folder = tmp_path_factory.mktemp("ratings")
    frame.to_csv(folder / "ratings.csv", index=False)
    frame[frame["stars"] >= 3].to_csv(folder / "likes.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def by_item(folder):
    return ann_cli.train(_keys(folder, "by_item"))


@pytest.fixture(scope="module")
def by_user(folder):
    return ann_cli.train(_keys(folder, "by_user", rows="user"))


@pytest.fixture(scope="module")
def choices(folder):
    data = {"rating": None, "file": str(folder / "likes.csv")}
    return ann_cli.train(_keys(folder, "choices", data=data))


RUNS = ["by_item", "by_user", "choices"]


@pytest.fixture
def run(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("run", RUNS, indirect=True)
def test_it_beats_what_knows_no_tastes(run):
    scores = run.metrics
    judged = scores["validation"]
    for name, baseline in scores["baselines"].items():
        if name == "ease":  # which knows them, too
            continue
        assert scores["verdict"][name]["verdict"] == "beats", name
        if "rmse" in judged:
            assert judged["rmse"] < baseline["rmse"]
        else:
            assert judged["ndcg@10"] > baseline["ndcg@10"]


@pytest.mark.parametrize("run", RUNS, indirect=True)
def test_a_pair_is_predicted_by_the_network_s_own_row(run, frame):
    """The dense rows through the whole network, beside what is computed of single cells."""
    model = run.model
    catalogue, inputs = model.encoder.catalogue, as_inputs(model.encoder.catalogue, model.ratings)
    x = inputs.dense(np.arange(len(inputs)))
    outputs = model.network.predict(x.T).T if catalogue.rows == "item" else model.network.predict(x)
    users = catalogue.places("user", frame["who"])
    items = catalogue.places("item", frame["what"])
    expected = outputs[users, items]
    if catalogue.rated:
        expected = np.clip(expected + catalogue.expected(users, items), 1, 5)
    found = model.predict(frame)["prediction"]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    whole = model.recommender.scores(np.arange(len(catalogue.users)))[users, items]
    np.testing.assert_allclose(np.clip(whole, 1, 5) if catalogue.rated else whole, found, atol=1e-5)


@pytest.mark.parametrize("run", RUNS, indirect=True)
def test_a_file_and_a_frame_are_predicted_alike(run, frame, folder):
    model = ann_cli.load(run.path)
    told = [each for part in ann_cli.run.Predictions(model, str(folder / "ratings.csv"))
            for each in part["prediction"]]  # fmt: skip
    np.testing.assert_array_equal(told, model.predict(frame)["prediction"])
    np.testing.assert_array_equal(run.model.predict(frame), model.predict(frame))


@pytest.mark.parametrize("run", ["by_item", "by_user"], indirect=True)
def test_strangers_get_the_biases(run):
    model = run.model
    catalogue = model.encoder.catalogue
    by_user, by_item = catalogue.biases
    rows = pd.DataFrame({"who": ["nobody", 100, "nobody"], "what": ["item1", "nothing", "nothing"]})
    first = catalogue.places("user", pd.Series([100]))[0]
    item = catalogue.items.index("item1")
    expected = [
        catalogue.mean + by_item[item],
        catalogue.mean + by_user[first],
        catalogue.mean,
    ]
    np.testing.assert_allclose(model.predict(rows)["prediction"], expected, rtol=1e-6)


@pytest.mark.parametrize("run", RUNS, indirect=True)
def test_what_is_recommended_was_not_seen_and_is_the_best(run, frame):
    model = run.model
    found = pd.concat(list(Recommendations(model, 3)))
    catalogue = model.encoder.catalogue
    known = set(zip(np.array(catalogue.users)[model.ratings.rows],
                    np.array(catalogue.items)[model.ratings.columns], strict=True))  # fmt: skip
    assert not known & set(zip(found["user"], found["item"], strict=True))
    assert found.groupby("user", sort=False).ngroups == len(catalogue.users)
    assert found["rank"].tolist() == [1, 2, 3] * len(catalogue.users)
    one = found[found["user"] == "101"]
    pairs = pd.DataFrame({"who": "101", "what": list(catalogue.items)})
    pairs["score"] = model.predict(pairs)["prediction"]
    left = [("101", item) not in known for item in pairs["what"]]
    expected = pairs[left].sort_values("score", ascending=False, kind="stable").head(3)
    np.testing.assert_allclose(one["score"], expected["score"], rtol=1e-5)


@pytest.mark.parametrize("run", ["by_user", "choices"], indirect=True)
def test_a_user_folded_in_by_known_ratings_is_that_user(run):
    """Rows of users: the same row gives the same outputs, but for the bias, which is its own."""
    recommender = run.model.recommender
    rows = np.arange(5)
    at, cells = recommender.ratings.cells(rows)
    own = Matrix.of(
        at, recommender.ratings.columns[cells], recommender.ratings.values[cells], (5, ITEMS)
    )
    found, expected = recommender.folded_in(own), recommender.scores(rows)
    np.testing.assert_allclose(
        found, expected, atol=1e-3 if run.model.task.name == "ratings" else 1e-6
    )


def test_a_new_column_of_users_is_ridge_regression_on_the_items_codes(by_item):
    model = by_item.model
    recommender, catalogue = model.recommender, model.encoder.catalogue
    items, ratings = np.array([0, 3, 4, 9, 11]), np.array([5.0, 1, 2, 1, 5])
    own = Matrix.of(items * 0, items, ratings, (1, ITEMS))
    expected = catalogue.expected(np.full(ITEMS, -1), np.arange(ITEMS))
    expected += catalogue.bias_of(items, ratings)
    codes = recommender.codes.astype(np.float64)
    penalty = model.config.l2 * len(codes) * model.config.loss.known
    ridge = Ridge(alpha=penalty, fit_intercept=False).fit(codes[items], ratings - expected[items])
    found = recommender.folded_in(own)[0]
    np.testing.assert_allclose(found, expected + ridge.predict(codes), rtol=1e-6)


@pytest.mark.parametrize("run", RUNS, indirect=True)
def test_new_users_are_recommended_what_their_taste_likes(run, tmp_path):
    """Who rates items of even numbers well is recommended others of these."""
    even = [f"item{n}" for n in range(0, 16, 2)]
    rows = pd.DataFrame({"who": "new", "what": even, "stars": 5})
    if run.model.encoder.catalogue.rated:
        odd = pd.DataFrame({"who": "new", "what": [f"item{n}" for n in (1, 5, 7)], "stars": 1})
        rows = pd.concat([rows, odd])
    rows.to_csv(tmp_path / "new.csv", index=False)
    told = Recommendations(run.model, 4, ratings=str(tmp_path / "new.csv"))
    (found,) = list(told)
    assert found["user"].unique().tolist() == ["new"]
    assert not set(found["item"]) & set(rows["what"])
    numbers = [int(re.findall(r"\d+", item)[0]) for item in found["item"]]
    assert all(number % 2 == 0 for number in numbers)


def test_similar_items_are_of_the_same_taste(by_item, choices):
    for run in (by_item, choices):
        (found,) = list(Recommendations(run.model, 5, similar="item4"))
        assert "item4" not in found["item"].tolist()
        numbers = [int(re.findall(r"\d+", item)[0]) % 2 for item in found["item"]]
        assert sum(numbers) <= 1
    with pytest.raises(DataError, match="item999"):
        list(Recommendations(by_item.model, 5, similar="item999"))


def test_ease_is_a_ridge_regression_of_each_item_on_the_others():
    generator = np.random.default_rng(2)
    dense = (generator.random((50, 6)) < 0.4).astype(float)
    rows, columns = np.nonzero(dense)
    weights = ease_weights(Matrix.of(rows, columns, dense[rows, columns], dense.shape))
    for item in range(6):
        others = [other for other in range(6) if other != item]
        ridge = Ridge(alpha=RIDGE, fit_intercept=False).fit(dense[:, others], dense[:, item])
        np.testing.assert_allclose(weights[others, item], ridge.coef_, rtol=1e-6)
        assert weights[item, item] == 0


@pytest.mark.parametrize("run", RUNS, indirect=True)
def test_scores_of_the_training_s_own_file_are_those_of_each_side(run):
    found = evaluate(ann_cli.load(run.path), run.model.config.data.file)
    count, scores = found.sides["validation"]
    told = run.metrics["validation"]
    assert count == told["rows"]
    assert scores == pytest.approx({key: told[key] for key in scores})


@pytest.mark.parametrize("run", RUNS, indirect=True)
def test_a_rating_of_another_file_is_scored(run, frame, tmp_path):
    rows = frame[::3]
    rows.to_csv(tmp_path / "other.csv", index=False)
    found = evaluate(run.model, str(tmp_path / "other.csv"))
    assert found.rows == len(rows)
    if run.model.encoder.catalogue.rated:
        errors = run.model.predict(rows)["prediction"] - rows["stars"].to_numpy()
        assert found.scores["rmse"] == pytest.approx(np.sqrt((errors**2).mean()))


def test_the_latest_of_each_user_validate(folder, frame):
    run = ann_cli.train(_keys(folder, "timed", data={"time": "day"}, epochs=1))
    catalogue, ratings = run.model.encoder.catalogue, run.model.ratings
    trained = pd.DataFrame(
        {
            "who": np.array(catalogue.users)[ratings.rows].astype(int),
            "what": np.array(catalogue.items)[ratings.columns],
        }
    )
    both = frame.merge(trained, how="left", on=["who", "what"], indicator=True)
    for _, own in both.groupby("who"):
        held = own[own["_merge"] == "left_only"]["day"]
        assert held.empty or held.min() > own[own["_merge"] == "both"]["day"].max()


@pytest.mark.parametrize("data", [{}, {"rating": None}])
def test_a_training_goes_on_to_the_last_byte(folder, data, tmp_path):
    keys = _keys(folder, data=data) | {"checkpoint_every": 0}
    whole = ann_cli.train(keys | {"epochs": 4, "save_to": str(tmp_path / "whole")})
    parted = keys | {"save_to": str(tmp_path / "parted")}
    ann_cli.train(parted | {"epochs": 2})
    again = ann_cli.train(parted | {"epochs": 4}, resume=True)
    assert again.path.read_bytes() == whole.path.read_bytes()
    assert ann_cli.run.verify(whole.path).answer == "identical"


def test_the_best_epoch_of_choices_is_chosen_by_what_is_recommended(choices):
    history = choices.history
    best = max(history, key=lambda each: each["validation_ndcg@10"])
    assert choices.metrics["best_epoch"] == best["epoch"]
    assert choices.metrics["validation"]["ndcg@10"] == pytest.approx(best["validation_ndcg@10"])


def _refused(folder, text, kind, **keys):
    (folder / "odd.csv").write_text(text)
    data = keys.pop("data", {}) | {"file": str(folder / "odd.csv")}
    with pytest.raises(kind) as caught:
        ann_cli.train(_keys(folder, "odd", data=data, epochs=1, **keys))
    return str(caught.value)


ROWS = "".join(f"{n % 5},{n % 7},{n % 4}\n" for n in range(35))


def test_ratings_that_are_text_are_refused(tmp_path):
    text = "who,what,stars\n" + ROWS.replace(",3\n", ",good\n").replace(",0\n", ",bad\n")
    told = _refused(
        tmp_path, text.replace(",1\n", ",so so\n").replace(",2\n", ",fine\n"), DataError
    )
    assert "column stars holds text, and a rating is a number" in told
    assert "remove data.rating" in told


def test_a_table_without_ratings_is_refused(tmp_path):
    assert "no row has a cell in each of" in _refused(tmp_path, "who,what,stars\n1,2,\n", DataError)


def test_columns_that_are_absent_are_all_named(tmp_path):
    told = _refused(tmp_path, "a,b\n1,2\n", DataError)
    assert told.count("has no column") == 3


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"data": {"item": None}}, "data.item is missing"),
        ({"data": {"rating": "what"}}, "what is named twice"),
        ({"data": {"rating": None}, "rows": "item"}, "rows are those of users"),
        ({"data": {"exclude": ["day"]}}, "data.exclude has no use"),
        ({"data": {"stream": True}}, "data.stream has no use"),
        ({"model": "network", "data": {"target": "stars"}}, "data.user is for model: autoencoder"),
    ],
)
def test_keys_that_do_not_go_together_are_refused(folder, keys, said):
    with pytest.raises(AnnError, match=re.escape(said)):
        ann_cli.train(_keys(folder, "odd", epochs=1, **keys))


def test_what_is_only_for_tables_is_refused(by_item, folder, frame):
    with pytest.raises(ConfigError, match="trained on ratings"):
        by_item.model.predict(frame, shown="code")
    with pytest.raises(ConfigError, match="predicts no column"):
        by_item.model.predict(frame, interval=0.9)
    with pytest.raises(ConfigError, match="no error of a row's cells"):
        evaluate(by_item.model, str(folder / "ratings.csv"), label="stars")


def test_pairs_that_come_twice_count_once(tmp_path, frame):
    """The last of them: what is learned is that of the table without the others."""
    twice = pd.concat([frame.assign(stars=1).head(9), frame])
    for name, rows in {"once": frame, "twice": twice}.items():
        (tmp_path / name).mkdir()
        rows.to_csv(tmp_path / name / "ratings.csv", index=False)
    once, again = (
        ann_cli.train(_keys(tmp_path / name, epochs=1) | {"seed": 1}) for name in ("once", "twice")
    )
    assert "9 rows left out" in " ".join(again.notes)
    assert again.metrics["rows"] == once.metrics["rows"] == len(frame)


def test_what_was_learned_is_told(by_item, choices):
    for run in (by_item, choices):
        found = inspect(run.model)
        assert (found["users"], found["items"]) == (USERS, ITEMS)
        assert found["units"]
        page = shown(material(run))
        assert "recommendations" in [name for name, *_ in page]


def test_a_network_that_is_too_large_is_refused_with_what_is_smaller(by_item, monkeypatch):
    model = by_item.model
    monkeypatch.setattr("ann_cli.model.estimate.shortage", lambda needed: "about 9 TB, 1 GB free")
    with pytest.raises(ConfigError, match="or rows: user: it has weights for each of 25 items"):
        check_network(model.config, model.encoder, 25)


def test_ease_is_left_out_where_items_are_many_and_that_is_said(folder, monkeypatch):
    for room in ("data.rows.ratings", "insight.recommendation_baselines"):
        monkeypatch.setattr(f"ann_cli.{room}.MOST_ITEMS", ITEMS - 1)
    data = {"rating": None, "file": str(folder / "likes.csv")}
    run = ann_cli.train(_keys(folder, "few", data=data, epochs=1))
    assert list(run.metrics["baselines"]) == ["popularity"]
    assert "EASE is no baseline here" in " ".join(run.notes)


def test_stars_of_another_size_are_learned_alike(by_item, frame, tmp_path):
    """The same ratings in tenths and from 10 on: predictions are the same, in these units."""
    frame.assign(stars=10 + frame["stars"] * 10).to_csv(tmp_path / "ratings.csv", index=False)
    other = ann_cli.train(_keys(tmp_path))
    expected = 10 + 10 * by_item.model.predict(frame)["prediction"]
    np.testing.assert_allclose(other.model.predict(frame)["prediction"], expected, rtol=1e-3)
    told = by_item.metrics["validation"]["rmse"]
    assert other.metrics["validation"]["rmse"] == pytest.approx(10 * told, rel=1e-3)
    assert other.metrics["validation"]["loss"] == pytest.approx(
        by_item.metrics["validation"]["loss"], rel=1e-3
    )
