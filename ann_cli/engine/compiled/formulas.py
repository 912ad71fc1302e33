"""The tables' formulas as the compiler takes them: for numbers of one type."""

# Their arguments have no Python types; numba finds the types of what they are called with.
# mypy: disable-error-code="no-untyped-def"

from collections.abc import Callable, Sequence
from dis import get_instructions
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

KNOWN = {"np", "abs", "min", "max", "float", "int", "round"}
"""The names beside its arguments that a formula may use."""


def rational_tanh(z):
    """tanh to 7 units in float32's last place, in terms that vector instructions know.

    x P(x²) / Q(x²) with the coefficients of Eigen's `ptanh_float`; exactly 1 from 7.9 on.
    """
    limit = np.float32(7.9)
    x = np.minimum(np.maximum(z, -limit), limit)
    s = x * x
    p = np.float32(-2.76076847742355e-16) * s + np.float32(2.00018790482477e-13)
    p = p * s + np.float32(-8.60467152213735e-11)
    p = p * s + np.float32(5.12229709037114e-08)
    p = p * s + np.float32(1.48572235717979e-05)
    p = p * s + np.float32(6.37261928875436e-04)
    p = p * s + np.float32(4.89352455891786e-03)
    q = np.float32(1.19825839466702e-06) * s + np.float32(1.18534705686654e-04)
    q = q * s + np.float32(2.26843463243900e-03)
    q = q * s + np.float32(4.89352518554385e-03)
    inside = x * p / q
    outside = np.float32(1) if z > 0 else np.float32(-1)
    return outside if abs(z) > limit else inside


def functions(dtype: Any) -> ModuleType:
    """Return the NumPy that formulas see; in float32 with functions that vectorise."""
    seen = ModuleType("numpy")
    vars(seen).update(vars(np))
    if dtype == np.float32:
        vars(seen).update(tanh=rational_tanh)
    return seen


def formula(function: Callable[..., Any], dtype: Any) -> FunctionType:
    """Return a table's formula for numbers of a type, with its literals of that type.

    Literals are weak in NumPy; to the compiler they are float64 and make all else float64, too.
    """
    code = function.__code__
    literals = [dtype.type(each) if isinstance(each, float) else each for each in code.co_consts]
    code = code.replace(co_consts=tuple(literals))
    seen = functions(dtype)
    return FunctionType(code, {"np": seen, "tanh": seen.tanh})


def known_by(function: Callable[..., Any]) -> tuple[Any, ...]:
    """Return what tells a formula from others: its code, its literals, the names that it uses."""
    code = function.__code__
    return code.co_code.hex(), repr(code.co_consts), code.co_names, code.co_argcount


def foreign_names(function: Callable[..., Any]) -> list[str]:
    """Return the names of a formula that the compiler's copy of it would not know."""
    code = function.__code__
    used = {each.argval for each in get_instructions(code) if each.opname == "LOAD_GLOBAL"}
    return sorted({*used, *code.co_freevars} - KNOWN)


def changer(update: FunctionType, states: Sequence[int]) -> FunctionType:
    """Return what takes a parameter's step by an optimizer's formula, whose states lie from there.

    It is written out, as the compiler knows no comprehension of tuples.
    """
    places = ["w[p]", *(f"w[{start} + p]" for start in states)]
    before = ", ".join([places[0], "slope", *places[1:]])
    lines = [
        "def around(update):",
        "    def step(w, p, slope, numbers):",
        f"        {', '.join(places)}, = update({before}, *numbers)",
        "    return step",
    ]
    made: dict[str, Any] = {}
    exec("\n".join(lines), made)
    step: FunctionType = made["around"](update)
    return step


def reader(count: int) -> FunctionType:
    """Return what reads `count` numbers of an array into a tuple.

    It is written out, as the compiler knows no comprehension of tuples.
    """
    numbers = "".join(f"numbers[at + {index}], " for index in range(count))
    return eval(f"lambda numbers, at: ({numbers})", {})
