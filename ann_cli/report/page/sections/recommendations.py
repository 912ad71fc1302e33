"""What a recommender knows of users and items, and how often each was rated."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from ann_cli.insight.recommendation_inspection import inspect_ratings
from ann_cli.report.page.blocks import Block, Facts, Figure, Words
from ann_cli.report.page.charts import of_rows
from ann_cli.report.page.material import Material
from ann_cli.report.page.sections.section import Section
from ann_cli.report.recommendations import about, unit_rows
from ann_cli.run.recommending import Recommendations

UNITS, USERS, TOP, BARS = 20, 5, 5, 40
"""Units, users, and items for each of them in the tables; bars of the chart."""


def blocks(material: Material) -> Iterator[Block]:
    """Yield what is known, how the ratings lie, what units tell apart, and some examples."""
    model = material.run.model
    found = inspect_ratings(model)
    yield Facts("What is known", ["", ""], about(found), texts=True)
    yield _counts(material)
    if rows := unit_rows(found, UNITS):
        yield Words(
            "Each unit of the code tells some items from others. Which they are says what it may "
            "stand for."
        )
        head = ["unit", "items at one end", "at the other end"]
        yield Facts("What units tell apart", head, rows, texts=True)
    yield _examples(material)


def _counts(material: Material) -> Figure:
    ratings = material.run.model.ratings
    assert ratings is not None
    counts = np.sort(np.bincount(ratings.columns, minlength=ratings.width))[::-1]
    upto = np.cumsum(counts) / counts.sum()
    parts = np.unique(np.linspace(1, len(counts), min(BARS, len(counts))).round().astype(int))
    points = [
        {"items": round(float(at / len(counts)), 4), "ratings": round(float(upto[at - 1]), 4)}
        for at in parts.tolist()
    ]
    tenth = float(upto[max(round(len(counts) / 10), 1) - 1])

    def chart() -> Any:
        import altair as alt

        return (
            of_rows(points)
            .mark_area(line=True, opacity=0.3)
            .encode(
                x=alt.X("items:Q", title="share of the items, the most frequent first").axis(
                    format="%"
                ),
                y=alt.Y("ratings:Q", title="share of what is known of them").axis(format="%"),
            )
        )

    words = (
        f"The most frequent tenth of the items has {tenth:.0%} of all that is known. "
        "The nearer to the diagonal the curve is, the more alike items are in that."
    )
    return Figure("popularity", "How often items occur", words, chart)


def _examples(material: Material) -> Facts:
    model = material.run.model
    recommender = model.recommender
    busiest = np.argsort(-recommender.ratings.counts, kind="stable")
    places = np.linspace(0, len(busiest) - 1, min(USERS, len(busiest))).round().astype(int)
    users = np.sort(busiest[places])
    names = np.array(recommender.catalogue.users, dtype=object)[users]
    rows = []
    for frame in Recommendations(model, TOP).of_places(names, users):
        for user, own in frame.groupby("user", sort=False):
            pairs = zip(own["item"], own["score"], strict=True)
            told = [f"{item} ({score:.3g})" for item, score in pairs]
            rows.append([str(user), ", ".join(told)])
    return Facts("What it recommends to some users", ["user", "items and scores"], rows, texts=True)


SECTION = Section(
    "recommendations",
    "What it recommends",
    blocks,
    lambda material: material.run.model.task.of_ratings,
)
