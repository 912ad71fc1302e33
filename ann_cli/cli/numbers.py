"""Numbers on a command line: one that cannot be is told with what was expected, in words."""

from typing import Any

import click


class WholeNumber(click.IntRange):
    """A whole number of at least `min`, and at most `max` where there is one."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            most = "of at least {}" if self.max is None else "from {} to {}"
            told = f"{value!r} is not a whole number {most.format(self.min, self.max)}"
            raise click.BadParameter(told, ctx, param) from None


class Share(click.FloatRange):
    """A number between 0 and 1."""

    def __init__(self) -> None:
        super().__init__(0, 1, min_open=True, max_open=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            found = super().convert(value, param, ctx)
        except click.BadParameter:
            found = 0.0
        if 0 < found < 1:  # which NaN is not
            return found
        percent = _number(str(value).removesuffix("%"))
        meant = f"; {percent:g}% is {percent / 100:g}" if 1 < percent < 100 else ""
        raise click.BadParameter(f"{value!r} is not a number between 0 and 1{meant}", ctx, param)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
