r"""Rate laws of charge transfer, and the film in series with it.

A law is a small object passed to the model: ``rate(η)`` is the current density over the exchange current
density (cathodic, i.e. plating, negative), ``slope(η)`` its derivative and ``activation(η, r)`` the part
:math:`y` of an overpotential η that charge transfer keeps when a film of resistance r is in series,

.. math:: y + r\,B(y) = η .

All arguments are dimensionless: potentials in units of RT/F, r in units of RT/(F i₀).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import expm1, fabs, log1p, nan

import numpy as np
from fipy.tools import numerix

from phasefield.engines.symbolic import FunctionVariable, sympy_function

#: Newton steps after which the film equation counts as failed; 6 are typical, 12 the most observed.
MAX_FILM_ITERATIONS = 60
#: Resistance of a film next to which that of charge transfer is round-off.
MOST_OF_IT = 1e12


@dataclass(frozen=True)
class ButlerVolmer:
    """Butler-Volmer law B(η) = exp(α_a η) − exp(−α_c η).

    Attributes
    ----------
    anodic, cathodic : float [1]
        Transfer coefficients α_a and α_c.
    """

    anodic: float = 0.5
    cathodic: float = 0.5

    def rate(self, η):
        """Current over exchange current, dimensionless; plating is negative."""
        return numerix.exp(self.anodic * η) - numerix.exp(-self.cathodic * η)

    def slope(self, η):
        """dB/dη."""
        return self.anodic * numerix.exp(self.anodic * η) + self.cathodic * numerix.exp(-self.cathodic * η)

    def solve_activation(self, η, r):
        """Solve y + r B(y) = η for y, elementwise.

        Parameters
        ----------
        η, r : array_like [1]
            Total overpotential, and film resistance in units of the charge-transfer resistance (r ≥ 0).

        Returns
        -------
        ndarray [1]
            Activation overpotential y; equal to η where r = 0.

        Notes
        -----
        y lies between 0 and both η and the Tafel bound ±ln(1 + |η|/r)/α, from which Newton's method converges
        monotonically; so a film of 1000 charge-transfer resistances needs no more iterations than none. A non-finite
        input gives NaN, which the step's verdict then rejects.
        """
        η, r = np.broadcast_arrays(np.asarray(η, float), np.asarray(r, float))
        y = np.array(η)
        solved = (r > 0) & (η != 0)
        y[solved] = self._solve(η[solved], r[solved])
        return y[()]

    def _solve(self, η, r):
        """The same for r > 0."""
        size = np.abs(η)
        bound = np.where(η > 0, self.anodic, self.cathodic)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            y = np.sign(η) * np.minimum(size, np.log1p(size / r) / bound)
            low, high = np.minimum(0.0, y), np.maximum(0.0, y)
            for _ in range(MAX_FILM_ITERATIONS):
                plus, minus = np.expm1(self.anodic * y), np.expm1(-self.cathodic * y)  # accurate at small y
                slope = self.anodic * (1 + plus) + self.cathodic * (1 + minus)
                step = (y + r * (plus - minus) - η) / (1 + r * slope)
                new = np.clip(y - step, low, high)
                change = np.abs(new - y)
                y = new
                if not np.any(change > 1e-13 * (1 + np.abs(y))):
                    return y
        return np.where(change > 1e-9 * (1 + np.abs(y)), np.nan, y)

    def overpotential(self, rate):
        """y of B(y) = rate, elementwise, to twelve digits: behind a film that takes all but 1e-12 of it."""
        return self.solve_activation(MOST_OF_IT * np.asarray(rate, float), MOST_OF_IT)

    def activation(self, η, r):
        """y(η, r) as a FiPy variable (or array) whose exact derivatives the tracer knows."""
        return FunctionVariable.of(_activation_function(self), η, r)


@dataclass(frozen=True)
class LinearKinetics:
    """Linear law B(η) = (α_a + α_c) η, the limit of Butler-Volmer at |η| ≪ RT/F."""

    anodic: float = 0.5
    cathodic: float = 0.5

    def rate(self, η):
        """Current over exchange current, dimensionless; plating is negative."""
        return (self.anodic + self.cathodic) * η

    def slope(self, η):
        """dB/dη, a constant."""
        return (self.anodic + self.cathodic) + 0 * η

    def activation(self, η, r):
        """y = η/(1 + r(α_a + α_c))."""
        return η / (1 + r * (self.anodic + self.cathodic))

    solve_activation = activation

    def overpotential(self, rate):
        """y of B(y) = rate."""
        return rate / (self.anodic + self.cathodic)


LAWS = {"butler-volmer": ButlerVolmer, "linear": LinearKinetics}


def activation_of_one(η, r, anodic, cathodic, iterations):
    """:meth:`ButlerVolmer.solve_activation` for one pair of numbers, in the part of Python that Numba compiles.

    It starts from what a linear law would give where that is small, else from the bounds. An iteration whose change is
    δ leaves an error below δ², so the change may be the root of the error that is asked for.
    """
    if r <= 0.0 or η == 0.0:
        return η
    high, change = fabs(η), 0.0
    up, down = (anodic, cathodic) if η > 0.0 else (cathodic, anodic)  # of y's magnitude, from here on
    y = high / (1.0 + r * (up + down))
    if y > 1.0:
        y = high = min(high, log1p(high / r) / up)
    for _ in range(int(iterations)):
        plus = expm1(up * y)
        minus = -plus / (1.0 + plus) if up == down else expm1(-down * y)
        new = y - (y + r * (plus - minus) - fabs(η)) / (1.0 + r * (up * (1.0 + plus) + down * (1.0 + minus)))
        new = min(max(new, 0.0), high)
        change, y = fabs(new - y), new
        if not change > 1e-7:
            return y if η > 0.0 else -y
    return nan if change > 1e-9 * (1.0 + y) else (y if η > 0.0 else -y)


_functions: dict[ButlerVolmer, type] = {}


def _activation_function(law: ButlerVolmer) -> type:
    """SymPy function y(η, r) of a law, with ∂y/∂η = 1/(1 + rB′) and ∂y/∂r = −B/(1 + rB′)."""
    import sympy

    def derivative(y, _η, r, argument):
        a, c = law.anodic, law.cathodic
        rate = sympy.exp(a * y) - sympy.exp(-c * y)
        slope = a * sympy.exp(a * y) + c * sympy.exp(-c * y)
        return (1 if argument == 1 else -rate) / (1 + r * slope)

    if law not in _functions:
        compiled = (activation_of_one, law.anodic, law.cathodic, MAX_FILM_ITERATIONS)
        _functions[law] = sympy_function("activation", 2, law.solve_activation, derivative, compiled)
    return _functions[law]
