"""Runge–Kutta–Legendre stages of second order: explicit, with a stable step that grows with the square of their number.

C. D. Meyer, D. S. Balsara and T. D. Aslam, J. Comput. Phys. 257 (2014) 594, doi:10.1016/j.jcp.2013.08.021, eqs. 16-18.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, sqrt
from typing import NamedTuple

#: Least number of stages, and the part of the stable step that is used.
LEAST, SAFETY = 3, 0.95


class Stage(NamedTuple):
    """One stage: Y = last Y₋₁ + earlier Y₋₂ + start Y₀ + first f(Y₀) + own f(Y₋₁), with f in units of 1/step.

    Attributes
    ----------
    time : float
        Of Y₋₁, in steps since the start.
    """

    last: float
    earlier: float
    start: float
    first: float
    own: float
    time: float


def number_of_stages(stiffness: float) -> int:
    """Stages, an odd number, with which a step is stable whose largest eigenvalue, times the step, is −stiffness."""
    least = ceil(0.5 * (sqrt(9 + 8 * stiffness / SAFETY) - 1))  # (s² + s − 2)/2 ≥ stiffness
    return max(LEAST, least + (least + 1) % 2)


def error_constant(number: int) -> float:
    """Local error of a step over its length cubed and the third rate of change, for a linear equation.

    The stages multiply an eigenvector of eigenvalue z/step by b P(1 + w z) + 1 − b, P Legendre's polynomial of their
    number; its third derivative at 0 is ⅔(s² + s − 6)/(s² + s − 2) instead of 1.
    """
    return (1 - (2 / 3) * (number**2 + number - 6) / (number**2 + number - 2)) / 6


def stages(number: int) -> Iterator[Stage]:
    """The stages after Y₀, one after the other; the first needs no f(Y₋₁) but f(Y₀)."""
    s = number
    b = [1 / 3] * 3 + [(j * j + j - 2) / (2 * j * (j + 1)) for j in range(3, s + 1)]
    w = 4 / (s * s + s - 2)
    yield Stage(0.0, 0.0, 1.0, b[1] * w, 0.0, 0.0)
    for j in range(2, s + 1):
        mu, nu = (2 * j - 1) / j * b[j] / b[j - 1], -(j - 1) / j * b[j] / b[j - 2]
        time = w / 3 if j == 2 else ((j - 1) ** 2 + j - 3) * w / 4  # for which a constant rate is exact
        yield Stage(mu, nu, 1 - mu - nu, -mu * w * (1 - b[j - 1]), mu * w, time)
