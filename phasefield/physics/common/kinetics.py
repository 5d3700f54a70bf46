r"""Rate laws of charge transfer, and the film in series with it.

A law is a small object passed to the model: ``rate(η)`` is the current density over the exchange current
density (cathodic, i.e. plating, negative), ``slope(η)`` its derivative and ``activation(η, r)`` the part
:math:`y` of an overpotential η that charge transfer keeps when a film of resistance r is in series,

.. math:: y + r\,B(y) = η .

All arguments are dimensionless: potentials in units of RT/F, r in units of RT/(F i₀).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import expm1, fabs, log, log1p, nan, sqrt
from typing import Any

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
    """:meth:`ButlerVolmer.solve_activation` for one pair of numbers, in the part of Python that Numba compiles."""
    if r <= 0.0 or η == 0.0:
        return η
    tafel = log1p(fabs(η) / r) / (anodic if η > 0.0 else cathodic)
    y = min(fabs(η), tafel) if η > 0.0 else -min(fabs(η), tafel)
    low, high, change = min(0.0, y), max(0.0, y), 0.0
    for _ in range(int(iterations)):
        plus, minus = expm1(anodic * y), expm1(-cathodic * y)
        slope = anodic * (1.0 + plus) + cathodic * (1.0 + minus)
        new = y - (y + r * (plus - minus) - η) / (1.0 + r * slope)
        new = min(max(new, low), high)
        change, y = fabs(new - y), new
        if not change > 1e-13 * (1.0 + fabs(y)):
            return y
    return nan if change > 1e-9 * (1.0 + fabs(y)) else y


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


@dataclass(frozen=True)
class DepletingSurface:
    """Charge transfer at a surface whose concentration follows the current that it takes up.

    The current density is J = x^α B(y), x the concentration at the surface over that in front of it and α the anodic
    transfer coefficient, with

    .. math:: x = a + κ J, \\qquad y + r J + β\\ln x = η .

    However negative η is, x stays positive and J below a/κ, the current that diffusion carries to the surface.

    Attributes
    ----------
    law : ButlerVolmer or LinearKinetics
    β : float [1]
        Slope of the electrolyte's potential over the logarithm of the concentration where no current flows.
    """

    law: Any
    β: float

    def rate(self, η, r, κ, a):
        """J, as a FiPy variable or array.

        Parameters
        ----------
        η, r, κ, a : fipy.Variable or array_like [1]
            Overpotential, resistance in series, κ ≥ 0 and a > 0.
        """
        y = FunctionVariable.of(_surface_functions(self)[0], η, r, κ, a)
        rate = self.law.rate(y)
        return FunctionVariable.of(_surface_functions(self)[1], κ * rate, a) ** self.law.anodic * rate

    @property
    def numbers(self) -> tuple[float, float, float, float]:
        """Constants of the compiled functions."""
        return self.law.anodic, self.law.cathodic, float(isinstance(self.law, LinearKinetics)), self.β


def left_of_one(k, a, α):
    """x > 0 with x = a + k x^α, for one pair of numbers, a > 0."""
    if α == 0.5:  # a quadratic equation in √x
        s = sqrt(k * k + 4.0 * a)
        root = 0.5 * (k + s) if k > 0.0 else 2.0 * a / (s - k)
        return root * root
    # from below where the right side falls with x, else from above: Newton's method is then monotone
    x = min(0.5 * a, (0.5 * a / -k) ** (1.0 / α)) if k < 0.0 else max(2.0 * a, (2.0 * k) ** (1.0 / (1.0 - α)))
    for _ in range(60):
        power = x**α
        step = (x - k * power - a) / (1.0 - α * k * power / x)
        x -= step
        if not fabs(step) > 1e-14 * x:
            return x
    return x


def surface_activation_of_one(η, r, κ, a, anodic, cathodic, linear, β, iterations):
    """y of a `DepletingSurface` for one set of numbers, by Newton's method, which bisects where it would leave bounds."""
    most = η - β * log(a)
    low, high = min(0.0, most), max(0.0, most)
    y = most
    if r > 0.0 and linear == 0.0 and most != 0.0:
        tafel = log1p(fabs(most) / (r * a**anodic)) / (anodic if most > 0.0 else cathodic)
        y = min(fabs(most), tafel) if most > 0.0 else -min(fabs(most), tafel)
    change = 0.0
    for _ in range(int(iterations)):
        if linear > 0.0:
            rate, slope = (anodic + cathodic) * y, anodic + cathodic
        else:
            plus, minus = expm1(anodic * y), expm1(-cathodic * y)
            rate, slope = plus - minus, anodic * (1.0 + plus) + cathodic * (1.0 + minus)
        x = left_of_one(κ * rate, a, anodic)
        power = x**anodic
        residual = y + r * power * rate + β * log(x) - η
        if residual > 0.0:
            high = min(high, y)
        else:
            low = max(low, y)
        steepness = 1.0 + (r + β * κ / x) * power * slope / (1.0 - anodic * κ * rate * power / x)
        new = y - residual / steepness
        if not low <= new <= high:
            new = 0.5 * (low + high)
        change, y = fabs(new - y), new
        if not change > 1e-13 * (1.0 + fabs(y)):
            return y
    return nan if change > 1e-9 * (1.0 + fabs(y)) else y


_surfaces: dict[DepletingSurface, tuple[type, type]] = {}


def _surface_functions(surface: DepletingSurface) -> tuple[type, type]:
    """SymPy functions y(η, r, κ, a) and x(k, a) of a surface, with their derivatives."""
    import sympy

    α, γ, linear, β = surface.numbers

    def by_left(x, k, a, argument):
        return (x**α if argument == 1 else 1) / (1 - α * k * x ** (α - 1))

    def by_activation(y, η, r, κ, a, argument):
        if linear:
            rate, slope = (α + γ) * y, sympy.sympify(α + γ)
        else:
            rate = sympy.exp(α * y) - sympy.exp(-γ * y)
            slope = α * sympy.exp(α * y) + γ * sympy.exp(-γ * y)
        x = left(κ * rate, a)
        power, growth = x**α, 1 - α * κ * rate * x ** (α - 1)
        steepness = 1 + (r + β * κ / x) * power * slope / growth
        by_x = (r * α * x ** (α - 1) * rate + β / x) / growth
        return [1, -power * rate, -by_x * power * rate, -by_x][argument - 1] / steepness

    if surface not in _surfaces:
        def one_left(k, a):
            try:
                return left_of_one(k, a, α)
            except (OverflowError, ValueError, ZeroDivisionError):
                return nan
        left = sympy_function(
            "left", 2, np.vectorize(one_left, otypes=[float]), by_left, (left_of_one, α)
        )
        def one(*each):
            try:
                return surface_activation_of_one(*each, *surface.numbers, MAX_FILM_ITERATIONS)
            except (OverflowError, ValueError, ZeroDivisionError):
                return nan
        evaluate = np.vectorize(one, otypes=[float])
        activation = sympy_function(
            "surface_activation", 4, evaluate, by_activation, (surface_activation_of_one, *surface.numbers, MAX_FILM_ITERATIONS)
        )
        _surfaces[surface] = activation, left
    return _surfaces[surface]
