"""What recurrent layers do of a step beside its products, compiled: number by number.

The loop around a layer's formulas is written out for their arguments, as the compiler knows no
comprehension of tuples. `sizes` says how the flat arrays lie: members, steps, rows, units, and the
numbers of a step's [h x 1].
"""

from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Any

from ann_cli.engine.compiled.formulas import formula, functions, known_by
from ann_cli.engine.compiled.kernel import Kernel, is_kept, kernel
from ann_cli.engine.layers.recurrent_form import Form

AROUND = """
def around(formula, tanh, half):
    def block(sums, present, kept, by_state, others, sizes, step):
        members, steps, rows = int(sizes[0]), int(sizes[1]), int(sizes[2])
        units, depth = int(sizes[3]), int(sizes[4])
        a_step = rows * units
        a_slope, a_kept = members * a_step, members * (steps + 1) * a_step
        for member in range(members):
            for row in range(rows):
                now = (member * rows + row) * units
                before = ((member * (steps + 1) + step) * rows + row) * units
                at = ((member * steps + step) * rows + row) * {gates} * units
                state = ((member * (steps + 1) + step) * rows + row) * depth
                {places}
                for u in range(units):
                    {what}
        return 0.0
    return block
"""


def ahead(form: Form) -> str:
    """Return the text around the formula of a step."""
    places = _after(form)
    squashed = ["half - half * tanh(half * {})"] * form.sigmoids + ["-tanh(half * {})"] * form.tanhs
    squashed += ["{}"] * form.linear
    what = [f"a{at} = {each.format(f'gate_{at}[u]')}" for at, each in enumerate(squashed)]
    before = (f"before_{at}[u]" for at in range(1 + form.kept))
    given = ", ".join([*(f"a{at}" for at in range(form.gates)), *before])
    what.append(f"{''.join(f'{each}[u], ' for each in places)}= formula({given})")
    what += [f"gate_{at}[u] = a{at}" for at in range(form.gates)]
    return _written(form, places, what)


def back(form: Form) -> str:
    """Return the text around the formula of the way back."""
    after = _after(form)
    others = {f"other_{at}": f"others[{at} * a_slope + now:][:units]" for at in range(form.others)}
    slopes = {"by": "by_state[now:][:units]", **others}
    gates = [f"gate_{at}" for at in range(form.gates)]
    before = [f"before_{at}" for at in range(1 + form.kept)]
    carried = list(slopes)[:1] + list(others)[form.beside :]
    given = ", ".join(f"{each}[u]" for each in [*gates, *before, *after, *carried])
    found = "".join(f"{each}[u], " for each in [*gates, *others])
    return _written(form, after | slopes, [f"{found}= formula({given})"])


def _after(form: Form) -> dict[str, str]:
    """Return where lies what is after the step."""
    return {"after_0": "present[state + rows * depth:][:units]"} | {
        f"after_{at + 1}": f"kept[{at} * a_kept + before + a_step:][:units]"
        for at in range(form.kept)
    }


def _written(form: Form, places: dict[str, str], what: Iterable[str]) -> str:
    shared = {f"gate_{at}": f"sums[at + {at} * units:][:units]" for at in range(form.gates)}
    shared |= {"before_0": "present[state:][:units]"} | {
        f"before_{at + 1}": f"kept[{at} * a_kept + before:][:units]" for at in range(form.kept)
    }
    lines = (f"{name} = {place}" for name, place in {**shared, **places}.items())
    indent = "\n" + 16 * " "
    return AROUND.format(
        gates=form.gates, places=indent.join(lines), what=f"{indent}    ".join(what)
    )


def pair(
    form: Form, step: Callable[..., Any], step_back: Callable[..., Any], dtype: Any
) -> tuple[Kernel, Kernel]:
    """Return the step of a kind of layer and its way back, compiled for numbers of a type."""
    first, second = (
        kernel(_block(text, one, dtype), dtype, _key(text, one, dtype), False)
        for text, one in ((ahead(form), step), (back(form), step_back))
    )
    return first, second


def is_compiled(
    form: Form, step: Callable[..., Any], step_back: Callable[..., Any], dtype: Any
) -> bool:
    """Whether both were compiled before."""
    told = ((ahead(form), step), (back(form), step_back))
    return all(is_kept(_key(text, one, dtype)) for text, one in told)


def _block(text: str, function: Callable[..., Any], dtype: Any) -> FunctionType:
    made: dict[str, Any] = {}
    exec(text, made)
    around: FunctionType = made["around"]
    return around(formula(function, dtype), functions(dtype).tanh, dtype.type(0.5))


def _key(text: str, function: Callable[..., Any], dtype: Any) -> str:
    return repr((text, known_by(function), dtype.str))
