"""A playground in a thread of this process, and what a page asks of it, by real HTTP."""

import json
import urllib.error
import urllib.request

import numpy as np
import pytest

from ann_cli.config.read import read
from ann_cli.playground.server import Server
from ann_cli.playground.tables import Tables

PATIENCE = 60


@pytest.fixture(scope="session")
def strange():
    """Names of columns and of classes that are no text to put into HTML."""
    return {
        "columns": [
            '<img src=x onerror="window.hacked=1">',
            "</script><script>hacked=1</script>",
            "bell\x07",
        ],
        "classes": ["<b>one</b>", "three", "two & more"],
    }


@pytest.fixture(scope="session")
def table(tmp_path_factory, strange):
    """Ninety rows of three classes, whose names are no text to put into HTML."""
    names, classes = strange["columns"], strange["classes"]
    random = np.random.default_rng(1)
    centers = np.array([[0, 0, 0], [3, 0, 1], [0, 3, 2]])
    rows = [
        [*(centers[row % 3] + random.standard_normal(3)), classes[row % 3]] for row in range(90)
    ]
    path = tmp_path_factory.mktemp("table") / "rows.csv"
    header = ",".join(f'"{name.replace(chr(34), chr(34) * 2)}"' for name in (*names, "kind"))
    lines = [f"{a:.4f},{b:.4f},{c:.4f},{kind}" for a, b, c, kind in rows]
    path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def playground(table, tmp_path_factory):
    """A server with that table and the ones that are made up."""
    draft = read({"data": {"file": str(table), "target": "kind"}})
    with Server(Tables(draft, str(tmp_path_factory.mktemp("made_up")))) as server:
        yield server


class Tab:
    """What a page's stream tells, and what it asks for."""

    def __init__(self, address):
        self.address = address
        self.stream = urllib.request.urlopen(f"{address}events", timeout=PATIENCE)
        self.name = self.next("session")

    def next(self, kind, suits=lambda told: True):
        """Return the next thing of a kind that is told, and that suits."""
        for line in self.stream:
            if line.startswith(b"data: "):
                told = json.loads(line[6:])
                if kind in told and suits(told[kind]):
                    return told[kind]
        raise AssertionError(f"the stream ended without {kind}")

    def ask(self, action, value=None, status=200):
        found, told = answer(f"{self.address}{self.name}/{action}", json.dumps(value).encode())
        assert found == status, told
        return json.loads(told)

    def saved(self, what):
        return answer(f"{self.address}{self.name}/{what}")[1]


def answer(address, body=None, **headers):
    """Return the status and the text of an answer."""
    asked = urllib.request.Request(address, body, headers)
    try:
        with urllib.request.urlopen(asked, timeout=PATIENCE) as found:
            return found.status, found.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.fixture(name="answer")
def _answer():
    """answer(address, body=None, **headers): an answer's status and its text."""
    return answer


@pytest.fixture
def tab(playground):
    """tab(settings): a page with a training; it is closed at the end."""
    open_tabs = []

    def opened(settings=None):
        found = Tab(playground.address)
        open_tabs.append(found)
        found.ask("settings", settings or {})
        return found

    yield opened
    for each in open_tabs:
        each.stream.close()
