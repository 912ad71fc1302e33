"""The house: no circle of imports, no file with two ideas, no list of kinds beside its table."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

import ann_cli
from ann_cli.engine.layers import LAYERS
from ann_cli.engine.trainers import TRAINERS
from ann_cli.tasks import TASKS

ROOT = Path(ann_cli.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
LONGEST = 300


def name_of(path):
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


MODULES = {name_of(path): path for path in FILES}


def imported(path):
    """Return the modules of ours that a file imports anywhere, for types only too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ann_cli"):
            for each in node.names:
                inner = f"{node.module}.{each.name}"
                found.add(inner if inner in MODULES else node.module)
    return found - {name_of(path)}


def test_no_module_imports_itself_by_way_of_others():
    graph = {name: imported(path) for name, path in MODULES.items()}
    while leaves := [name for name, others in graph.items() if not others & graph.keys()]:
        for name in leaves:
            del graph[name]
    # What is left imports only what is left: circles, and what leads into them.
    while ends := [name for name in graph if all(name not in others for others in graph.values())]:
        for name in ends:
            del graph[name]
    assert not graph, f"in a circle: {sorted(graph)}"


def test_the_page_of_contributing_lists_the_rooms_in_their_order():
    checkout = Path(__file__).parents[1]
    settings = tomllib.loads((checkout / "pyproject.toml").read_text())["tool"]["importlinter"]
    rooms = [each.removeprefix("ann_cli.") for each in settings["contracts"][0]["layers"]]
    page = (checkout / "docs" / "contributing.md").read_text()
    listed = re.findall(r"^\| `([a-z]+)(?:\.py)?` \|", page, re.MULTILINE)
    assert listed == rooms[::-1]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_holds_one_idea(path):
    assert len(path.read_text().splitlines()) <= LONGEST


@pytest.mark.parametrize(
    ("names", "home"),
    [
        ([f'"{task}"' for task in TASKS], "tasks"),
        ([kind.name for kind in TRAINERS], "engine/trainers"),
        ([f'"{kind.key()}"' for kind in LAYERS.values()], "engine/layers"),
    ],
    ids=["tasks", "trainers", "layers"],
)
def test_kinds_are_listed_in_their_table_alone(names, home):
    """No other file names two of a kind, as a list or a chain of ifs would."""
    for path in FILES:
        if (ROOT / home) in path.parents:
            continue
        code = re.sub(r'""".*?"""', "", path.read_text(), flags=re.DOTALL)
        assert sum(name in code for name in names) < 2, path
