"""`ann recommend`."""

import click

from ann_cli.cli.arguments import FILE, THREADS, WEIGHTS, here_or_example
from ann_cli.cli.numbers import WholeNumber
from ann_cli.cli.output import Output, options
from ann_cli.cli.predicted_rows import FORMAT, SAFE_CSV, printed_form, safe, show


@click.command(
    epilog="\b\nExample:\n  ann train configs/lectures.yaml\n  ann recommend runs/lectures --top 3"
)
@WEIGHTS
@click.option(
    "--users",
    type=FILE,
    callback=here_or_example,
    help='A CSV with the column of users ("-" is standard input); without it: all known users.',
)
@click.option(
    "--ratings",
    type=FILE,
    callback=here_or_example,
    help="A CSV of ratings by new users, or of new ones by known users, with the columns of the "
    "training; nothing is trained.",
)
@click.option("--similar", metavar="ITEM", help="The items that are most like this one, instead.")
@click.option(
    "--top",
    type=WholeNumber(1, 100_000),
    default=10,
    show_default=True,
    metavar="N",
    help="How many items for each.",
)
@FORMAT
@SAFE_CSV
@THREADS
@options
def command(
    output: Output,
    weights: str,
    users: str | None,
    ratings: str | None,
    similar: str | None,
    top: int,
    form: str,
    safe_csv: bool,
) -> None:
    """Recommend items to users with WEIGHTS that were trained on who rated or chose what.

    Prints a CSV with the columns user, item, rank and score, without items that the user has seen.
    The score is the predicted rating; without ratings it is the probability of a choice. With
    --similar the columns are item, rank and score, the cosine between 1 and -1.
    """
    from ann_cli.run import Recommendations, load

    form = printed_form(output, form, safe_csv)
    asked = {"--users": users, "--ratings": ratings, "--similar": similar}
    given = [name for name, value in asked.items() if value is not None]
    if len(given) > 1:
        raise click.UsageError(f"{' and '.join(given)} do not go together: leave one out")
    model = load(weights)
    output.terminal.warn(model.notes)
    recommendations = Recommendations(model, top, users, ratings, similar)
    frames = map(safe, recommendations) if safe_csv else iter(recommendations)
    show(output, frames, form, lambda _: "%.6g", [], "recommendations")
    output.terminal.warn(recommendations.told)
