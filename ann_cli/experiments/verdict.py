"""What a comparison says, in words."""

from ann_cli.experiments.compare import Comparison, Result


def verdict(comparison: Comparison) -> str:
    """Say who is best, who may be as good, who is clearly worse and who diverged."""
    by_standing: dict[str, list[Result]] = {}
    for result in comparison.results:
        by_standing.setdefault(result.standing, []).append(result)
    said = []
    if "best" not in by_standing:
        said.append("Nothing to compare: every variation diverged.")
    elif len(comparison.results) == 1:
        said.append("One variation has nothing to be compared with.")
    else:
        said.extend(_places(comparison, by_standing))
    if "diverged" in by_standing:
        said.append(f"Diverged: {', '.join(map(_divergence, by_standing['diverged']))}.")
    return " ".join(said)


def _places(comparison: Comparison, by_standing: dict[str, list[Result]]) -> list[str]:
    best = _names(by_standing["best"])
    tied, worse = by_standing.get("not distinguishable"), by_standing.get("clearly worse")
    tie = len(by_standing["best"]) > 1
    has = f"{'share' if tie else 'has'} {comparison.metric.best} over {len(comparison.seeds)} seeds"
    if not tied and len(by_standing["best"]) == len(comparison.results):
        return [f"A tie: {best} {has}."]
    if not tied:
        others = "every other that finished" if "diverged" in by_standing else "every other"
        return [f"{best} {has}, and {others} is clearly worse." if worse else f"{best} {has}."]
    said = [
        f"No clear winner: {best} {has}, but {_names(tied)} cannot be told from "
        f"{'them' if tie else 'it'} "
        "(the 95% interval of the difference includes 0)."
    ]
    return [*said, f"Clearly worse: {_names(worse)}."] if worse else said


def _names(results: list[Result]) -> str:
    names = [result.variation.name for result in results]
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _divergence(result: Result) -> str:
    epochs = [len(outcome.losses) + 1 for outcome in result.outcomes if outcome.scores is None]
    when = f"in epoch {min(epochs)}" if len(set(epochs)) == 1 else f"from epoch {min(epochs)} on"
    return f"{result.variation.name} ({when}, with {len(epochs)} of {len(result.outcomes)} seeds)"
