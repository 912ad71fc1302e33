"""Pictures: what the first kernels look for, which patch is needed, and the worst errors."""

from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import numpy as np

from ann_cli.data.columns.encoder import Encoder
from ann_cli.data.columns.number_feature import NumberFeature
from ann_cli.data.columns.picture_feature import PictureFeature
from ann_cli.engine.settings import Array
from ann_cli.insight.outcomes import class_outcomes
from ann_cli.insight.pictures import kernels, occlusion
from ann_cli.report.numbers import score
from ann_cli.report.page.blocks import Block, Drawing, Facts, Figure
from ann_cli.report.page.charts import of_rows
from ann_cli.report.page.material import Material
from ann_cli.report.page.sections.section import Section
from ann_cli.report.page.sections.wording import as_text, rounded, row_name, share, short
from ann_cli.tasks.metrics import METRICS

KERNELS, WORST, SIDE = 64, 12, 64
"""Kernels, pictures with the greatest errors, and pixels of a picture's side that are shown, at
most: of a larger one each so manieth pixel."""

LEVELS = 255


def blocks(material: Material) -> Iterator[Block]:
    """Yield the worst pictures, the map of patches, and the kernels where there are some."""
    model, seen = material.run.model, material.seen
    if seen is not None:
        yield _worst(material)
        document = occlusion(model, seen.judged.rows.x, seen.judged.rows.y)
        if document is not None:
            yield _patches(document)
    found = kernels(model)
    if found is not None:
        yield _kernels(found)


def _worst(material: Material) -> Drawing:
    seen, model = material.seen, material.run.model
    assert seen is not None
    sample, encoder = seen.judged, model.encoder
    sizes = np.where(np.isfinite(seen.losses), seen.losses, -1).astype(np.float64)
    texts = ["" for _ in sizes]
    if model.task.kind == "category":
        outcomes = class_outcomes(model, sample.rows.y, seen.outputs)
        if outcomes.shares is not None:
            sizes = sizes + outcomes.shares[np.arange(len(sizes)), outcomes.chosen]
        chosen = np.argsort(-sizes, kind="stable")[:WORST].tolist()
        for at in chosen:
            both = (outcomes.actual[at], outcomes.chosen[at])
            actual, found = (outcomes.labels[each] for each in both)
            sure = "" if outcomes.shares is None else f", {share(outcomes.shares[at].max())} sure"
            texts[at] = f"{short(actual)}, taken for {short(found)}{sure}"
        chosen = [at for at in chosen if outcomes.actual[at] != outcomes.chosen[at]]
    else:
        chosen = np.argsort(-sizes, kind="stable")[:WORST].tolist()
        texts = [f"{seen.losses[at]:.4g}" for at in range(len(sizes))]
    wrong = "squared error" if model.task.kind == "number" else "class"
    return Drawing(
        "worst-pictures",
        "The pictures with the largest errors",
        f"Of {len(sizes):,} {sample.side} pictures those whose {wrong} is farthest off."
        if chosen
        else f"None of {len(sizes):,} {sample.side} pictures is mistaken.",
        "pictures",
        drawn(_levels(encoder, sample.rows.x[chosen]), [texts[at] for at in chosen], 96),
        Facts(
            "The same rows",
            ["row", "what the network says"],
            [[row_name(sample.frame, at), texts[at]] for at in chosen],
            folded=True,
        ),
        needs=("elements",),
    )


def _levels(encoder: Encoder, x: Array) -> Array:
    """Return encoded rows as pictures: rows × height × width × channels, in the levels they had.

    What a limit has bent stays so.
    """
    assert encoder.shape is not None
    first = encoder.features[0]
    if isinstance(first, PictureFeature):
        centers, scales = np.array(first.centers), np.array(first.scales)
    else:
        own = [each for each in encoder.features if isinstance(each, NumberFeature)]
        own = own[: encoder.shape[-1]]
        centers, scales = (np.array([getattr(e, n) for e in own]) for n in ("center", "scale"))
    return x.reshape(len(x), *encoder.shape).astype(np.float64) * scales + centers


def drawn(pictures: Array, texts: list[str], size: int) -> dict[str, Any]:
    """Return pictures as the page draws them: bytes of red, green, blue; grey of one channel.

    The least number of all is black, the greatest white. Of two channels, or of more than three,
    it is the mean of these.
    """
    if not len(pictures):
        return {"pictures": []}
    every = -(-max(pictures.shape[1:3]) // SIDE)
    pictures = pictures[:, ::every, ::every]
    low, high = float(pictures.min()), float(pictures.max())
    levels = (pictures - low) / (high - low or 1.0) * LEVELS
    if levels.shape[-1] != 3:
        levels = np.repeat(levels.mean(axis=-1, keepdims=True), 3, axis=-1)
    return {
        "size": size,
        "pictures": [
            {
                "height": each.shape[0],
                "width": each.shape[1],
                "bytes": b64encode(each.round().astype(np.uint8).tobytes()).decode(),
                "text": text,
            }
            for each, text in zip(levels, texts, strict=True)
        ],
    }


def _kernels(document: dict[str, Any]) -> Drawing:
    every = np.array(document["kernels"], dtype=np.float64)
    # Each by its own greatest weight: grey is 0, white adds, black subtracts.
    greatest = np.abs(every).max(axis=(1, 2, 3))
    scaled = every / np.maximum(greatest, 1e-30)[:, None, None, None]
    shown = scaled[:KERNELS]
    texts = [f"{at}" for at in range(1, len(shown) + 1)]
    more = f" The first {KERNELS} of {len(every):,}." if len(every) > KERNELS else ""
    return Drawing(
        "kernels",
        "What the first kernels look for",
        f"The kernels of {document['layer']}, each by its own greatest weight: bright pixels add, "
        f"dark ones subtract.{more}",
        "pictures",
        drawn(shown, texts, 48),
        Facts(
            "Kernels",
            ["kernel", "greatest weight", "sum of its weights"],
            [
                [text, as_text(float(most)), as_text(float(own.sum()))]
                for text, most, own in zip(texts, greatest, every, strict=False)
            ],
            folded=True,
        ),
        needs=("elements",),
    )


def _patches(document: dict[str, Any]) -> Figure:
    name, lines = next(iter(document["worse"].items()))
    size, metric = document["patch"], METRICS[name]
    values = np.array(lines, dtype=np.float64)  # None becomes NaN
    greatest = float(np.nanmax(np.abs(values))) if np.isfinite(values).any() else 0.0
    cells = [
        {
            "x": column * size,
            "x2": (column + 1) * size,
            "y": row * size,
            "y2": (row + 1) * size,
            "value": rounded(float(values[row, column]), 3),
            "part": rounded(max(float(values[row, column]), 0.0) / (greatest or 1.0), 3),
        }
        for row, column in np.ndindex(*values.shape)
        if np.isfinite(values[row, column])
    ]
    worst = int(np.nanargmax(values)) if greatest else 0
    row, column = divmod(worst, values.shape[1])
    change = f"{metric.label} {'falls' if metric.more_is_better else 'rises'} by"

    def chart() -> Any:
        import altair as alt

        bare = alt.Axis(grid=False)
        return (
            of_rows(cells)
            .mark_rect(color="var(--series-1)", stroke="var(--line)")
            .encode(
                x=alt.X(
                    "x:Q",
                    title="pixels from the left",
                    axis=bare,
                    scale=alt.Scale(nice=False),
                ),
                y=alt.Y(
                    "y:Q",
                    title="pixels from the top",
                    axis=bare,
                    scale=alt.Scale(reverse=True, nice=False),
                ),
                x2="x2",
                y2="y2",
                opacity=alt.Opacity("part:Q", scale=None, legend=None),
            )
            .properties(height=300)
        )

    lost = score(name, float(values[row, column]))
    words = (
        f"Each patch of {size} × {size} pixels is set to the mean, on {document['rows']:,} "
        f"pictures. The darker, the more it is needed: without the one {column * size} pixels from "
        f"the left and {row * size} from the top {change} {lost}."
    )
    table = Facts(
        f"{change}, by the patch that is hidden",
        ["from the top", *(f"{at * size} from the left" for at in range(values.shape[1]))],
        [
            [f"{at * size}", *(score(name, float(each)) for each in line)]
            for at, line in enumerate(values)
        ],
        folded=True,
    )
    return Figure("patches", "Which patch is needed", words, chart, table, small=True)


def _suits(material: Material) -> bool:
    shape = material.run.model.encoder.shape
    return shape is not None and len(shape) == 3


SECTION = Section("pictures", "What it sees in pictures", blocks, _suits)
