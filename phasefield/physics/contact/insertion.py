r"""Open-circuit potentials of electrodes that store lithium.

A law is a small object passed to the model: ``potential(x)`` is the open-circuit potential against lithium, x the
fraction of the sites that are taken; ``mobility(x)`` the lithium that a unit gradient of potential drives per unit of
the diffusivity. Where :math:`D` is the chemical diffusivity, mobility is :math:`-1/U'`, so that the flux is Fick's,
:math:`D\nabla x`. Potentials are in units of RT/F.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np
import sympy
from fipy.tools import numerix

from phasefield.engines.symbolic import FunctionVariable, sympy_function
from phasefield.errors import PhasefieldError, TraceError


@dataclass(frozen=True)
class LinearPotential:
    """U = U₀ − a (x − ½): any electrode near one state of charge; lithium metal in the limit a → 0.

    Attributes
    ----------
    standard : float [RT/F]
        U₀.
    fall : float [RT/F]
        a > 0, from empty to full.
    """

    standard: float
    fall: float

    def potential(self, x):
        """U(x)."""
        return self.standard - self.fall * (x - 0.5)

    def mobility(self, x):
        """1/a: the diffusivity is the chemical one."""
        return 1 / self.fall + 0 * x


@dataclass(frozen=True)
class RegularSolution:
    """U = U₀ − ln[x/(1 − x)] − Ω(1 − 2x): sites that attract each other; two phases where Ω > 2.

    Attributes
    ----------
    standard : float [RT/F]
        U₀, the potential at half filling.
    interaction : float [RT]
        Ω.

    Notes
    -----
    The mobility is x(1 − x), so the diffusivity is the tracer's; the chemical one is D[1 − 2Ωx(1 − x)]. Bazant, Acc.
    Chem. Res. 46 (2013) 1144, doi:10.1021/ar300145c.
    """

    standard: float
    interaction: float = 0.0

    def potential(self, x):
        """U(x)."""
        return self.standard - numerix.log(x / (1 - x)) - self.interaction * (1 - 2 * x)

    def mobility(self, x):
        """x(1 − x)."""
        return x * (1 - x)


class MeasuredPotential:
    """Open-circuit curve through measured points: piecewise cubic and monotonic (PCHIP).

    Parameters
    ----------
    content : sequence of float [1]
        x, rising.
    potential : sequence of float [RT/F]
        U at each; falling.

    Raises
    ------
    PhasefieldError
        The curve does not fall everywhere: diffusion needs U' < 0; use a :class:`RegularSolution` for a plateau of two
        phases.

    Notes
    -----
    Outside the points U is NaN, so that a step which leaves the measured range is rejected.
    """

    def __init__(self, content, potential):
        content, potential = np.asarray(content, float), np.asarray(potential, float)
        if content.shape != potential.shape or content.size < 3 or np.any(np.diff(content) <= 0):
            raise PhasefieldError(
                f"open-circuit curve: needs at least 3 points of rising lithium content and as many potentials, got "
                f"{content.size} and {potential.size}"
            )
        if np.any(np.diff(potential) >= 0):
            at = content[int(np.argmax(np.diff(potential) >= 0))]
            raise PhasefieldError(
                f"open-circuit curve: the potential must fall as lithium goes in, but does not from x = {at:g} on; "
                "describe a two-phase plateau by a regular solution with an interaction above 2 RT"
            )
        from scipy.interpolate import PchipInterpolator  # here, because it takes a while

        spline = PchipInterpolator(content, potential, extrapolate=False)
        ends = spline.derivative()(content[[0, -1]])
        if max(ends) >= -1e-9 * np.ptp(potential) / np.ptp(content):  # round-off makes a flat end fall a little
            raise PhasefieldError("open-circuit curve: flat at its first or last point; add or move a point there")
        bend = polynomial("ocv_bend", spline.derivative(2), _no_third_derivative)
        slope = polynomial("ocv_slope", spline.derivative(), lambda s, x, argument: bend(x))
        self._slope = slope
        self._potential = polynomial("ocv", spline, lambda u, x, argument: slope(x))

    def potential(self, x):
        """U(x)."""
        return FunctionVariable.of(self._potential, x)

    def mobility(self, x):
        """−1/U'(x): the diffusivity is the chemical one."""
        return -1 / FunctionVariable.of(self._slope, x)


def polynomial(name, pieces, derivative):
    """SymPy function of a piecewise polynomial of SciPy, with its derivative as in `sympy_function`."""
    return sympy_function(name, 1, pieces, derivative, (piecewise_polynomial_of_one, pieces.x, pieces.c))


def _no_third_derivative(bend, x, argument) -> sympy.Expr:
    raise TraceError("the third derivative of a measured open-circuit curve is not defined")


def piecewise_polynomial_of_one(x, breaks, coefficients):
    """A piecewise polynomial as SciPy stores it, for one number, in the part of Python that Numba compiles."""
    low, high = 0, len(breaks) - 1
    if not breaks[low] <= x <= breaks[high]:
        return nan
    while high - low > 1:
        middle = (low + high) // 2
        if x >= breaks[middle]:
            low = middle
        else:
            high = middle
    total = 0.0
    for k in range(len(coefficients)):
        total = total * (x - breaks[low]) + coefficients[k, low]
    return total
