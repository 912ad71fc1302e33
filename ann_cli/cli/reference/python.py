"""The page of what `import ann_cli` offers, from its docstrings."""

import ast
import inspect
from collections.abc import Iterator
from inspect import cleandoc
from textwrap import dedent
from typing import Any

import ann_cli
from ann_cli.cli.reference.markdown import code, table

HEAD = """\
# Python

`import ann_cli` offers what the commands do, pandas in and out. What goes wrong raises an
`ann_cli.errors.AnnError`, whose `problems` are what the command line prints.

```python
import ann_cli

run = ann_cli.train("configs/house_prices.yaml")
model = ann_cli.load(run.path)
model.predict(frame)
again = ann_cli.Run.load("runs/house_prices")  # a finished run: model, metrics, history
```"""

METHODS = ("predict", "load")
"""Methods that are for a person's own program; the others serve the rooms."""


def python() -> list[str]:
    """Return the page of Python's functions and classes."""
    lines = HEAD.splitlines()
    by_kind = sorted(ann_cli.__all__, key=lambda name: inspect.isclass(getattr(ann_cli, name)))
    for name in by_kind:
        offered = getattr(ann_cli, name)
        if not inspect.isclass(offered):
            lines += _function(f"ann_cli.{name}", offered, "##")
            continue
        lines += ["", f"## ann_cli.{name}", "", cleandoc(offered.__doc__ or ""), ""]
        lines += table(("attribute", "meaning"), list(_attributes(offered)))
        for method in METHODS:
            if method in vars(offered):
                lines += _function(f"{name}.{method}", getattr(offered, method), "###")
    return lines


def _function(name: str, function: Any, sign: str) -> list[str]:
    given = _tree(function)
    assert isinstance(given, ast.FunctionDef)
    given.args.args = [each for each in given.args.args if each.arg not in ("self", "cls")]
    result = ast.unparse(given.returns) if given.returns else ""
    signature = f"{name}({ast.unparse(given.args)}) -> {result}".replace("'", '"')
    text = cleandoc(function.__doc__ or "")
    return ["", f"{sign} {name}", "", *code("text", [signature]), *text.splitlines()]


def _attributes(kind: type) -> Iterator[tuple[str, str]]:
    """Yield the fields and properties of a class that are told of, with what is told."""
    tree = _tree(kind)
    assert isinstance(tree, ast.ClassDef)
    for field, after in zip(tree.body, tree.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(after, ast.Expr):
            yield f"`{ast.unparse(field.target)}`", ast.literal_eval(after.value)
    for name, each in vars(kind).items():
        if isinstance(each, property) and each.__doc__ and name[0] != "_":
            yield f"`{name}`", each.__doc__.split("\n\n")[0]


def _tree(told: Any) -> ast.stmt:
    """Return what stands in the file: annotations are the same with any version of a library."""
    return ast.parse(dedent(inspect.getsource(told))).body[0]
