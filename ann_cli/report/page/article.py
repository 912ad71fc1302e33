"""The page of the article: each claim, its commands, what they came to, and a picture of it."""

from collections.abc import Iterator, Sequence

from ann_cli.experiments.claims import Claim
from ann_cli.report.page.article_pictures import PICTURES, Find, activations, as_typed
from ann_cli.report.page.blocks import Block, Words
from ann_cli.report.page.page import Shown, page

ABOUT = (
    "What an introduction to neural networks teaches, and what comes of it when it is tried. "
    "The pictures are of trainings that were made for this page, each by the command beside it; "
    "what was measured is said as it came out when all commands were last run. "
    "Each claim can be tried in any folder: ann article xor."
)


def article_page(claims: Sequence[Claim], find: Find) -> str:
    """Return the HTML of a page of some claims; trains what its pictures show, some seconds.

    `find` says where a config lies that the claims name. Of several claims the activation functions
    come first.
    """
    sections: list[Shown] = [(each.name, each.name, list(_blocks(each, find))) for each in claims]
    if len(claims) > 1:
        sections.insert(0, ("activations", "Activation functions", list(activations())))
    return page("The article, claim by claim", ABOUT, sections)


def _blocks(claim: Claim, find: Find) -> Iterator[Block]:
    yield Words(claim.claim, "verdict")
    yield Words(f"Look at: {claim.look}")
    if claim.name in PICTURES:
        yield from PICTURES[claim.name](find)
    yield as_typed(claim.commands)
    yield Words(f"Measured: {claim.measured}. Holds: {claim.holds}.")
