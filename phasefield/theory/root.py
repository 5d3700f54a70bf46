"""Roots of functions of one variable."""

from __future__ import annotations

import math
from collections.abc import Callable


def root(function: Callable[[float], float], low: float, high: float) -> float:
    """Zero of a function with a change of sign, to the last digit, by bisection.

    Every start needs a few roots, and importing `scipy.optimize` for them takes longer than checking a deck.

    Parameters
    ----------
    function : callable
    low, high : float
        Arguments with different signs of the function; low < high.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        Its signs at both ends are the same, or it is not a number somewhere.
    """
    at_low, at_high = function(low), function(high)
    if not (at_low <= 0 <= at_high or at_high <= 0 <= at_low):
        raise ValueError(f"no change of sign: {at_low:g} at {low:g}, {at_high:g} at {high:g}")
    while low < (middle := low + (high - low) / 2) < high:
        value = function(middle)
        if math.isnan(value):
            raise ValueError(f"not a number at {middle:g}")
        if value == 0:
            return middle
        if (value > 0) == (at_high > at_low):
            high = middle
        else:
            low = middle
    return low
