"""`ann article`."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ann_cli.cli.arguments import or_example, report_option
from ann_cli.cli.completion import complete_claims
from ann_cli.cli.output import Output, options
from ann_cli.cli.signals import Terminated
from ann_cli.errors import did_you_mean

if TYPE_CHECKING:
    from ann_cli.experiments.claims import Claim


@click.command(epilog="\b\nExample:\n  ann article xor")
@click.argument("name", metavar="[CLAIM]", default="", shell_complete=complete_claims)
@click.option("--show", is_flag=True, help="Print the claim and its commands, and run none.")
@report_option("article.html", "Make a page with pictures of it, and run no command")
@options
def command(output: Output, name: str, show: bool, report: str | None) -> None:
    """Try what an introduction to neural networks claims.

    Without CLAIM it lists the claims. With one it says what to look at, runs the claim's commands
    in the current folder, and says what they came to when they were last measured.

    --report prints the path of its page. It needs packages of its own:
    pip install "ann-cli[report]".
    """
    from ann_cli.experiments.claims import claims

    known = claims()
    if name and name not in known:
        nearest = did_you_mean(name, list(known))
        message = f"no claim is called {name!r}. {nearest}".strip()
        raise click.BadParameter(message, param_hint="CLAIM")
    if report:
        if show:
            raise click.UsageError("--show and --report exclude each other")
        _write_page(output, [known[name]] if name else list(known.values()), report)
    elif not name:
        _list(output, list(known.values()))
    elif show:
        _show(output, known[name])
    else:
        _try(output, known[name])


def _list(output: Output, claims: "list[Claim]") -> None:
    if output.as_json:
        output.document({"claims": [_document(each) for each in claims]})
        return
    widest = max(len(each.name) for each in claims)
    for each in claims:
        lines = [*_wrapped(output, each.claim, widest + 2), ", ".join(each.configs)]
        for at, line in enumerate(lines):
            output.data(f"{'' if at else each.name:<{widest}}  {line}\n")
    output.terminal.say("\nTry one: ann article xor", "dim")


def _write_page(output: Output, claims: "list[Claim]", path: str) -> None:
    from ann_cli.model.files import write
    from ann_cli.report.page.article import article_page

    output.terminal.say("training what the pictures show", "dim")
    write(Path(path), article_page(claims, or_example).encode("utf-8", "backslashreplace"))
    if output.as_json:
        output.document({"report": path, "claims": [each.name for each in claims]})
    else:
        output.data(f"{path}\n")


def _show(output: Output, claim: "Claim") -> None:
    if output.as_json:
        output.document(_document(claim))
        return
    for line in (claim.claim, f"Look at: {claim.look}", *_last(claim)):
        output.data("".join(f"{each}\n" for each in _wrapped(output, line)))
    output.data("".join(f"\n  $ {line}" for line in claim.commands) + "\n")


def _try(output: Output, claim: "Claim") -> None:
    """Run a claim's commands; end with the status of the first that ends as it should not."""
    say = output.terminal.say
    say(claim.claim, "bold")
    say(f"Look at: {claim.look}")
    runs: list[dict[str, Any]] = []
    for at, line in enumerate(claim.commands, start=1):
        say(f"\n$ {line}", "bold")
        ran = _run(output, line)
        runs.append(ran)
        wanted = claim.status if at == len(claim.commands) else 0
        ended = ran["exit_status"]
        told = f"; exit status {ended}, as the claim says" if wanted == ended != 0 else ""
        say(f"{ran['seconds']:.1f} s, {ran['megabytes']:,.0f} MB at most{told}", "dim")
        if ended != wanted:
            break
    else:
        say("")
        for line in _last(claim):
            say(line)
    if output.as_json:
        output.document({**_document(claim), "runs": runs})
    if ended != wanted:
        raise click.exceptions.Exit(ended or 1)


def _last(claim: "Claim") -> Iterator[str]:
    yield f"Last measured: {claim.measured}"
    yield f"Holds: {claim.holds}"


def _document(claim: "Claim") -> dict[str, Any]:
    return {**vars(claim), "configs": claim.configs}


def _wrapped(output: Output, text: str, indent: int = 0) -> list[str]:
    from ann_cli.report.layout import wrapped

    return wrapped(text, output.terminal.width - indent)


def _run(output: Output, line: str) -> dict[str, Any]:
    """Run a command in a shell; return its status, seconds, megabytes and, of --json, document."""
    ours = line.startswith("ann ")
    if ours:  # the shell becomes the command, so that the memory is the command's
        chosen = {"--json": output.as_json, "-q": output.quiet, "--no-color": not output.color}
        line = " ".join(["exec", line, *(flag for flag, given in chosen.items() if given)])
    beside = (Path(sys.argv[0]).parent, Path(sys.executable).parent)
    path = os.pathsep.join([*map(str, beside), os.environ.get("PATH", os.defpath)])
    begun = time.monotonic()
    with tempfile.TemporaryFile() as kept:
        process = subprocess.Popen(
            ["sh", "-c", line],
            stdout=kept if output.as_json else None,
            env={**os.environ, "PATH": path},
            process_group=0,  # a signal of the terminal reaches the command through us, once
        )
        status, megabytes = _wait(process.pid)
        kept.seek(0)
        printed = kept.read()
    ran = {
        "command": line.removeprefix("exec "),
        "exit_status": status,
        "seconds": time.monotonic() - begun,
        "megabytes": megabytes,
    }
    return {**ran, "output": json.loads(printed)} if ours and printed else ran


def _wait(process: int) -> tuple[int, float]:
    """Return how a process ended, and the most memory that it took; hand signals on to it."""
    try:
        _, status, used = os.wait4(process, 0)
    except Terminated as ended:
        os.kill(process, ended.number)
        _wait(process)
        raise
    left = os.waitstatus_to_exitcode(status)
    return (left if left >= 0 else 128 - left), used.ru_maxrss / 1024
