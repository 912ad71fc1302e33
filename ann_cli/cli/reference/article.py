"""The page of the article's claims, with what was measured."""

from ann_cli.cli.reference.markdown import anchor, code, table
from ann_cli.experiments.claims import Claim, claims

HEAD = """\
# The article, claim by claim

What an introduction to neural networks teaches: the commands that try it, what they came to, and
whether the claim holds. `ann article` lists the claims, `ann article xor` tries one, in any folder,
and `ann article --report` draws them. `python tests/benchmarks/article.py` measures them all."""


def article() -> list[str]:
    """Return the page: a table of the claims, then each with its commands."""
    listed = claims().values()
    rows = [(f"[{each.name}](#{anchor(each.name)})", each.claim, each.holds) for each in listed]
    lines = [*HEAD.splitlines(), "", *table(("name", "claim", "holds"), rows)]
    return [*lines, *(line for each in listed for line in _claim(each))]


def _claim(claim: Claim) -> list[str]:
    return [
        *("", f"## {claim.name}", "", f"**{claim.claim}**", ""),
        *code("console", [f"$ {line}" for line in claim.commands]),
        *(f"Look at: {claim.look}", "", f"Measured: {claim.measured}", ""),
        f"Holds: {claim.holds}",
    ]
