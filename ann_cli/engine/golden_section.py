"""Golden section: where a function of one number is lowest."""

from collections.abc import Callable

GOLDEN = (5**0.5 - 1) / 2


def lowest(function: Callable[[float], float], low: float, high: float, width: float) -> float:
    """Return the middle of an interval of at most a width that holds a lowest point.

    Kiefer 1953, "Sequential minimax search for a maximum". The function has one valley between
    `low` and `high`; where two points are as low, the one to the left is kept.
    """
    while high - low > width:
        step = GOLDEN * (high - low)
        if function(high - step) <= function(low + step):
            high = low + step
        else:
            low = high - step
    return (low + high) / 2
