"""The tables' formulas in JavaScript: a page computes by the very source that Python runs.

An activation, a transform or a step of a recurrent layer is a short function of numbers. Its source
is read as a tree, and written again as JavaScript's, whose numbers are those of float64.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable
from functools import cache
from typing import Any

FUNCTIONS = {
    "abs": "Math.abs({})",
    "ceil": "Math.ceil({})",
    "clip": "Math.min(Math.max({}, {}), {})",
    "cos": "Math.cos({})",
    "cosh": "Math.cosh({})",
    "exp": "Math.exp({})",
    "expm1": "Math.expm1({})",
    "floor": "Math.floor({})",
    "hypot": "Math.hypot({}, {})",
    "log": "Math.log({})",
    "log1p": "Math.log1p({})",
    "log2": "Math.log2({})",
    "maximum": "Math.max({}, {})",
    "minimum": "Math.min({}, {})",
    "reciprocal": "(1 / {})",
    "sign": "Math.sign({})",
    "sin": "Math.sin({})",
    "sinh": "Math.sinh({})",
    "sqrt": "Math.sqrt({})",
    "square": "(({}) ** 2)",
    "tan": "Math.tan({})",
    "tanh": "Math.tanh({})",
    "where": "({} ? {} : {})",
}
"""What NumPy's functions of numbers are; max and min hand on what is no number, as NumPy's do."""

BUILTINS = {"abs": "Math.abs({})", "max": "Math.max({}, {})", "min": "Math.min({}, {})"}

KNOWN = {"tanh": "Math.tanh({})"}
"""Functions of ours that compiled formulas have one of their own for; so has JavaScript."""

OVER_ROWS = {"max": "(a, b) => Math.max(a, b)", "sum": "(a, b) => a + b"}
"""What a formula may ask of a whole row: how two of its numbers become one."""

OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
    ast.USub: "-",
    ast.UAdd: "+",
    ast.Not: "!",
    ast.And: "&&",
    ast.Or: "||",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "===",
    ast.NotEq: "!==",
}


class NoJavaScriptError(ValueError):
    """A formula has something that is not translated: what, in words."""


@cache
def of_numbers(function: Callable[..., Any]) -> str:
    """Return a function of numbers as the text of one in JavaScript.

    The settings of a method are the fields of its last argument. What it returns as a tuple is an
    array there. Raises NoJavaScriptError for what is not arithmetic.
    """
    return _Formula(function).text()


@cache
def of_rows(function: Callable[..., Any]) -> str:
    """Return a function of z, and settings, as the text of one of a whole row, an array of numbers.

    What needs the row, as softmax needs its sum, is found once; all else number by number.
    """
    return _RowFormula(function).text()


class _Formula:
    """A function on its way into JavaScript."""

    def __init__(self, function: Callable[..., Any]) -> None:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
        if not isinstance(tree, ast.FunctionDef):
            raise NoJavaScriptError(f"{function.__qualname__} is no function with a name")
        self.tree, self.seen = tree, getattr(function, "__globals__", {})
        self.arguments = [each.arg for each in tree.args.args]
        self.names = set(self.arguments)
        """Those that have a value so far."""
        self.inner: dict[str, str] = {}
        """The functions that it calls, by name."""

    def text(self) -> str:
        """Return it all."""
        lines = [line for each in self.tree.body for line in self.statement(each)]
        arguments = sorted(self.arguments, key=lambda each: each == "self")
        inner = [f"const {name} = {text};" for name, text in self.inner.items()]
        return f"({', '.join(arguments)}) => {{ {' '.join([*inner, *lines])} }}"

    def statement(self, node: ast.stmt) -> list[str]:
        """Return what a statement becomes."""
        match node:
            case ast.Expr(ast.Constant(str())):
                return []
            case ast.With(body=body):  # which says what NumPy need not warn of
                return [line for each in body for line in self.statement(each)]
            case ast.Assign([ast.Name(name)], value):
                line = f"{name} = {self.number(value)};"
                declared = "" if name in self.names else "let "
                self.names.add(name)
                return [declared + line]
            case ast.Return(ast.Tuple(parts)):
                return [f"return [{', '.join(map(self.number, parts))}];"]
            case ast.Return(ast.expr() as value):
                return [f"return +{self.number(value)};"]
        raise self.unknown(node)

    def number(self, node: ast.expr) -> str:
        """Return what an expression becomes, in brackets where it has parts."""
        match node:
            case ast.Constant(bool() as value):
                return "true" if value else "false"
            case ast.Constant(int() | float() as value):
                return repr(value)
            case ast.Name(name) if name in self.names:
                return name
            case ast.Attribute(ast.Name("self"), name):
                return f"self.{name}"
            case ast.Attribute(ast.Name("np"), "pi" | "e" as name):
                return f"Math.{name.upper()}"
            case ast.BinOp(left, operator, right) if type(operator) in OPERATORS:
                sign = OPERATORS[type(operator)]
                return f"({self.number(left)} {sign} {self.number(right)})"
            case ast.UnaryOp(operator, value) if type(operator) in OPERATORS:
                return f"({OPERATORS[type(operator)]}{self.number(value)})"
            case ast.BoolOp(operator, values):
                return f"({f' {OPERATORS[type(operator)]} '.join(map(self.number, values))})"
            case ast.Compare(left, [operator], [right]) if type(operator) in OPERATORS:
                sign = OPERATORS[type(operator)]
                return f"({self.number(left)} {sign} {self.number(right)})"
            case ast.IfExp(test, body, other):
                return f"({self.number(test)} ? {self.number(body)} : {self.number(other)})"
            case ast.Call(function, arguments, []):
                return self.call(function, list(map(self.number, arguments)))
        raise self.unknown(node)

    def call(self, function: ast.expr, arguments: list[str]) -> str:
        """Return the call of NumPy's function, a built-in one, or another formula of ours."""
        form = None
        match function:
            case ast.Attribute(ast.Name("np"), name):
                form = FUNCTIONS.get(name)
            case ast.Name(name):
                form = KNOWN.get(name) or (None if name in self.seen else BUILTINS.get(name))
                if form is None and name in self.seen:
                    self.inner[name] = of_numbers(self.seen[name])
                    return f"{name}({', '.join(arguments)})"
        if form is None or form.count("{}") != len(arguments):
            raise self.unknown(function)
        return form.format(*arguments)

    def unknown(self, node: ast.AST) -> NoJavaScriptError:
        """Say what is not translated."""
        return NoJavaScriptError(f"{self.tree.name}: {ast.unparse(node)} has no JavaScript")


class _RowFormula(_Formula):
    """A function of a row: z is an array of numbers, and so is each name that is made of it."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        self.rows = {self.arguments[0]}
        self.before: list[str] = []
        """What was found of whole rows for the statement at hand."""
        self.found = 0

    def statement(self, node: ast.stmt) -> list[str]:
        match node:
            case ast.Assign([ast.Name(name)], value):
                lines = self._row(value, name)
                self.rows.add(name)
                return lines
            case ast.Return(ast.expr() as value):
                return [*self._row(value, "$found"), "return $found;"]
        return super().statement(node)

    def _row(self, value: ast.expr, name: str) -> list[str]:
        number = self.number(value)
        before, self.before = self.before, []
        return [
            *before,
            f"const {name} = new Float64Array({self.arguments[0]}.length);",
            f"for (let $at = 0; $at < {name}.length; $at++) {name}[$at] = {number};",
        ]

    def number(self, node: ast.expr) -> str:
        match node:
            case ast.Name(name) if name in self.rows:
                return f"{name}[$at]"
            case ast.Call(ast.Attribute(ast.Name(row), how), [], _) if row in self.rows:
                if how not in OVER_ROWS:
                    raise self.unknown(node)
                self.found += 1
                name = f"$whole{self.found}"
                self.before.append(f"const {name} = {row}.reduce({OVER_ROWS[how]});")
                return name
        return super().number(node)
