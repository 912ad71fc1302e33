"""Completion as a person meets it: a shell on a terminal, and the Tab key."""

import re
import shutil

import pexpect
import pytest

SHELLS = {
    "bash": ("bash --norc -i", 'eval "$(_ANN_COMPLETE=bash_source ann)"'),
    "zsh": (
        "zsh -f -i",
        'autoload -Uz compinit && compinit -u -D && eval "$(_ANN_COMPLETE=zsh_source ann)"',
    ),
    "fish": ("fish --no-config -i", "_ANN_COMPLETE=fish_source ann | source"),
}
TYPED = [
    ("ann pre", "ann predict"),
    ("ann plot --wh", "ann plot --what"),
    ("ann train --set optimizer.learn", "ann train --set optimizer.learning_rate="),
    ("ann compare --vary optimizer=sgd,rm", "ann compare --vary optimizer=sgd,rmsprop"),
]
"""What each shell takes apart in its own way: words, options, and signs within a word."""
ONCE = [
    ("ann predict --proba", "ann predict --probabilities"),
    ("ann article hid", "ann article hidden-layer"),
    (
        "ann compare-activations --activations tanh,rel",
        "ann compare-activations --activations tanh,relu",
    ),
]
"""What ann completes, whichever shell asks."""
STYLE = r"(\x1b\[[0-9;?]*[A-Za-z])*"
"""What a shell may draw between two characters."""


@pytest.fixture(params=SHELLS)
def session(request, environment, warm_process, tmp_path):
    command, source = SHELLS[request.param]
    if not shutil.which(request.param):
        pytest.skip(f"{request.param} is not installed")
    opened = pexpect.spawn(
        command,
        cwd=tmp_path,
        env={**environment, **warm_process[1], "TERM": "xterm", "HOME": str(tmp_path)},
        dimensions=(40, 200),
        encoding="utf-8",
        timeout=120,
    )
    opened.sendline(source + "; echo so''urced")
    opened.expect("sourced\r")
    yield opened
    opened.close(force=True)


def shown(text):
    return STYLE.join(map(re.escape, text))


def test_the_tab_key_completes_commands_options_keys_and_values(session, request):
    in_bash = "bash" in request.node.name
    for typed, completed in TYPED + ONCE * in_bash:
        session.send(typed)
        session.expect(shown(typed))  # what comes at once a shell may take for pasted text
        session.send("\t")
        session.expect(shown(completed.removeprefix(typed)))
        session.send("\x15")  # Ctrl-U: the line is empty again
