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


@dataclass(frozen=True)
class DepletingSurface:
    r"""Charge transfer at a surface whose concentration follows the current that it takes up.

    The current density is J = x^α B(y), x the concentration at the surface over that in front of it and α the anodic
    transfer coefficient, with

    .. math:: x = 1 + κ J, \qquad y + r J + β\ln x + w \frac{x^{1-p} - 1}{1 - p} = η .

    However negative η is, x stays positive and −J below 1/κ, the current that diffusion carries to the surface. The
    last term (w ln x for p = 1) is the ohmic drop in front of the surface, where the conductivity goes as the power p
    of a concentration that falls evenly: w is the drop per change of x where x is near 1.

    Attributes
    ----------
    law : ButlerVolmer or LinearKinetics
    β : float [1]
        Slope of the electrolyte's potential over the logarithm of the concentration where no current flows.
    exponent : float [1]
        p.
    """

    law: Any
    β: float
    exponent: float = 0.0

    def rate(self, η, r, κ, w):
        """J, as a FiPy variable or array whose exact derivatives the tracer knows.

        Parameters
        ----------
        η, r, κ, w : fipy.Variable or array_like [1]
            Overpotential, resistance in series, the concentration that a unit of current takes from the surface, and
            the drop per change of x.
        """
        return FunctionVariable.of(_depleting_function(self), η, r, κ, w)

    @property
    def numbers(self) -> tuple[float, ...]:
        """Constants of the compiled function."""
        law = self.law
        return (
            law.anodic, law.cathodic, float(isinstance(law, LinearKinetics)), self.β, self.exponent,
            MAX_FILM_ITERATIONS,
        )  # fmt: skip


def left_of_one(k, α):
    """The smallest x > 0 with x = 1 + k x^α, for one number; NaN if there is none, as for α ≥ 1 and a large k."""
    if α == 0.5:  # a quadratic equation in √x
        s = sqrt(k * k + 4.0)
        root = 0.5 * (k + s) if k > 0.0 else 2.0 / (s - k)
        return root * root
    x = 1.0 if k >= 0.0 else 0.5 if k > -0.5 else 0.5 * (-0.5 / k) ** (1.0 / α)  # below x
    if k > 0.0 and α < 1.0:
        x = max(2.0, (2.0 * k) ** (1.0 / (1.0 - α)))  # above it: Newton's method is monotone
    for _ in range(60):
        power = x**α
        slope = 1.0 - α * k * power / x
        if not slope > 0.0:
            return nan
        step = (x - k * power - 1.0) / slope
        x -= step
        if not fabs(step) > 1e-14 * x:
            return x
    return x


def depleting_rate_of_one(η, r, κ, w, anodic, cathodic, linear, β, p, iterations):
    """J of a `DepletingSurface` for one set of numbers: y by Newton's method, bisected where it leaves its bounds.

    As in `activation_of_one`, the last change may be the root of the error; J follows it.
    """
    if η == 0.0:
        return 0.0
    low, high = min(0.0, η), max(0.0, η)
    y, current, change = η, 0.0, 0.0
    if r > 0.0 and linear == 0.0:
        tafel = log1p(fabs(η) / r) / (anodic if η > 0.0 else cathodic)
        y = min(η, tafel) if η > 0.0 else max(η, -tafel)
    for k in range(int(iterations)):
        if linear > 0.0:
            rate, slope = (anodic + cathodic) * y, anodic + cathodic
        else:
            up = expm1((anodic if y > 0.0 else cathodic) * fabs(y))
            down = -up / (1.0 + up) if anodic == cathodic else expm1(-(cathodic if y > 0.0 else anodic) * fabs(y))
            plus, minus = (up, down) if y > 0.0 else (down, up)
            rate, slope = plus - minus, anodic * (1.0 + plus) + cathodic * (1.0 + minus)
        x = left_of_one(κ * rate, anodic)
        power = sqrt(x) if anodic == 0.5 else x**anodic
        logarithm = log(x)
        bend = 1.0 if p == 1.0 else x ** (1.0 - p)
        ohmic = logarithm if p == 1.0 else (bend - 1.0) / (1.0 - p)
        current = power * rate
        residual = y + r * current + β * logarithm + w * ohmic - η
        if residual <= 0.0:
            low = max(low, y)
        else:  # also if there is no x
            high = min(high, y)
        by_y = power * slope / (1.0 - anodic * κ * current / x)
        new = y - residual / (1.0 + (r + (β + w * bend) * κ / x) * by_y)
        slow = k > 12 and fabs(new - y) > 0.5 * change  # as on an exponential, down which each step is as long
        if slow or not low <= new <= high:
            new = 0.5 * (low + high)
        change = fabs(new - y)
        current += by_y * (new - y)
        y = new
        if not change > 1e-7:
            return current
    return nan if change > 1e-9 * (1.0 + fabs(y)) else current


def _of_arrays(function, *constants):
    """A function of numbers for arrays; NaN where Python raises an error and compiled code would return one."""

    def of_one(*each):
        try:
            return function(*each, *constants)
        except (ArithmeticError, ValueError):
            return nan

    return np.vectorize(of_one, otypes=[float])


_depleting: dict[DepletingSurface, type] = {}


def _depleting_function(surface: DepletingSurface) -> type:
    """SymPy function J(η, r, κ) of a surface, with its derivatives."""
    import sympy

    α, γ, linear, β, p, _ = surface.numbers

    def derivative(J, η, r, κ, w, argument):
        x = 1 + κ * J
        x = 0.5 * (x + sympy.sqrt(x**2 + 1e-28))  # positive where round-off is all that is left
        ohmic = sympy.log(x) if p == 1 else (x ** (1 - p) - 1) / (1 - p)
        y = η - r * J - β * sympy.log(x) - w * ohmic
        slope = (α + γ) * x**α * (1 if linear else sympy.exp(α * y)) - (0 if linear else γ * J)  # x^α B′(y)
        by_x = (α * J - (β + w * x ** (1 - p)) * slope) / x
        return [slope, -slope * J, J * by_x, -slope * ohmic][argument - 1] / (1 + r * slope - κ * by_x)

    if surface not in _depleting:
        compiled = depleting_rate_of_one, *surface.numbers
        _depleting[surface] = sympy_function("depleting_rate", 4, _of_arrays(*compiled), derivative, compiled)
    return _depleting[surface]
