"""Numbers on a command line: what is taken, and what is said of the others."""

import click
import pytest

from ann_cli.cli.numbers import Share, WholeNumber

TAKEN = [
    (WholeNumber(2), "2", 2),
    (WholeNumber(0), "0", 0),
    (WholeNumber(1, 9), "9", 9),
    (Share(), "0.9", 0.9),
    (Share(), "1e-3", 0.001),
]

REFUSED = [
    (WholeNumber(2), "1", "'1' is not a whole number of at least 2"),
    (WholeNumber(2), "3.5", "'3.5' is not a whole number of at least 2"),
    (WholeNumber(0), "-1", "'-1' is not a whole number of at least 0"),
    (WholeNumber(1, 9), "10", "'10' is not a whole number from 1 to 9"),
    (WholeNumber(1, 9), "x", "'x' is not a whole number from 1 to 9"),
    (Share(), "0", "'0' is not a number between 0 and 1"),
    (Share(), "1", "'1' is not a number between 0 and 1"),
    (Share(), "-0.5", "'-0.5' is not a number between 0 and 1"),
    (Share(), "nan", "'nan' is not a number between 0 and 1"),
    (Share(), "most", "'most' is not a number between 0 and 1"),
    (Share(), "90", "'90' is not a number between 0 and 1; 90% is 0.9"),
    (Share(), "97.5%", "'97.5%' is not a number between 0 and 1; 97.5% is 0.975"),
    (Share(), "900", "'900' is not a number between 0 and 1"),
]


@pytest.mark.parametrize(("kind", "text", "number"), TAKEN)
def test_a_number_is_taken(kind, text, number):
    assert kind.convert(text, None, None) == number


@pytest.mark.parametrize(("kind", "text", "told"), REFUSED)
def test_another_is_told_with_what_was_expected(kind, text, told):
    with pytest.raises(click.BadParameter) as error:
        kind.convert(text, None, None)
    assert error.value.message == told
