r"""A film over the mouth of a flaw: a strip that is clamped at both edges, under a pressure.

With the tension N and u = w√(N/D), D = E't³/12, the slope is y' = −(p/N)(x − w sinh(ux/w)/sinh u), and the film is
stretched by the mean of y'²/2. So p² = 2D³u⁶/(w⁸E't I), I the mean of (s − sinh(us)/sinh u)²: from a plate (small u)
to a membrane (large u). All else follows from u. Von Kármán's plate in plane strain; S. P. Timoshenko, S.
Woinowsky-Krieger, Theory of Plates and Shells, 2nd ed., ch. 1 (long rectangular plates, built-in edges).

Energy that the film gives back: per area that comes off at an edge, M²/2D + N²/2E't, M the moment there; where it is
pressed on, only N²/2E't, since the edges of the mouth carry the moment; per area of a crack along the mouth, all of its
strain energy over its thickness, if the lithium behind it does not follow.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from phasefield.theory.root import root

_S, _WEIGHTS = np.polynomial.legendre.leggauss(24)
#: From which u on the closed form is exact, and the range of u that is searched.
CLOSED, LEAST, MOST = 1.0, 1e-4, 1e8


@dataclass(frozen=True)
class Bridge:
    """A strip of a film over a mouth.

    Attributes
    ----------
    half_width : float [m]
        w.
    thickness : float [m]
    youngs_modulus, poisson_ratio : float [Pa], [1]
    """

    half_width: float
    thickness: float
    youngs_modulus: float
    poisson_ratio: float

    @property
    def modulus(self) -> float:
        """E' = E/(1 − ν²) [Pa]."""
        return self.youngs_modulus / (1 - self.poisson_ratio**2)

    @property
    def _bending(self) -> float:
        return self.modulus * self.thickness**3 / 12

    def pressure_at(self, u: float) -> float:
        """p [Pa]."""
        stretching = self.modulus * self.thickness * mean_square(u)
        return math.sqrt(2 * self._bending**3 * u**6 / (self.half_width**8 * stretching))

    def tension_at(self, u: float) -> float:
        """N [N/m]."""
        return self._bending * (u / self.half_width) ** 2

    def lifting_at(self, u: float) -> float:
        """Energy per area that comes off, pushed from below [J/m²]."""
        moment = self.pressure_at(u) * self.half_width**2 * part_of_moment(u)
        return moment**2 / (2 * self._bending) + self.pulling_at(u)

    def pulling_at(self, u: float) -> float:
        """The same where the film is pressed on: the tension alone pulls [J/m²]."""
        return self.tension_at(u) ** 2 / (2 * self.modulus * self.thickness)

    def tearing_at(self, u: float) -> float:
        """Strain energy per area of a crack along the mouth [J/m²]."""
        p, w, N = self.pressure_at(u), self.half_width, self.tension_at(u)
        work = 2 * p**2 * w**3 / N * (1 / 3 - part_of_moment(u))  # p times the volume of the bulge
        return (0.5 * work - N**2 * w / (self.modulus * self.thickness)) / self.thickness

    def pressure_of(self, energy_at: Callable[[float], float], wanted: float) -> float:
        """Pressure at which an energy of these is reached [Pa]."""
        found = root(lambda x: math.log(energy_at(math.exp(x)) / wanted), math.log(LEAST), math.log(MOST))
        return self.pressure_at(math.exp(found))


def mean_square(u: float) -> float:
    """I: mean of (s − sinh(us)/sinh u)² for s from 0 to 1; 2u⁴/945 for small u, ⅓ for large u."""
    if u < CLOSED:
        s = 0.5 * (1 + _S)
        return float(np.sum(0.5 * _WEIGHTS * (s - np.sinh(u * s) / math.sinh(u)) ** 2))
    return 1 / 3 - 1.5 * _coth(u) / u + 2 / u**2 - 0.5 * (_coth(u) ** 2 - 1)


def part_of_moment(u: float) -> float:
    """Moment at the edge over pw²: (u coth u − 1)/u², ⅓ for small u."""
    return (u * _coth(u) - 1) / u**2 if u > 0.01 else 1 / 3 - u**2 / 45


def _coth(u: float) -> float:
    return 1 / math.tanh(u)
