r"""Theory of a coating that lithium consumes: two fronts in series, each with its own potential and rate.

Lithium crosses the coating's product (thickness s), what is left of the coating (h − s) and the electrolyte's product
(L). Per area, with the resistances r = 1/σ̄ per length of [Wagner]_ and V_s the potential at the coating's front,

.. math::

   V_s = s\,r_p\,(j_c + j), \qquad j_c = \frac{F k_c}{V_c}\Big\langle 1 - \frac{V_s}{U_c}\Big\rangle, \qquad
   j = \Big\langle\frac{U - V_s}{(h - s)\,r_c + L\,r + U V_n/(F k_r)}\Big\rangle, \qquad
   \dot s = \frac{V_c}{F} j_c, \quad \dot L = \frac{V_n}{F} j ,

⟨x⟩ = x for x > 0, else 0. A coating that passes nothing on is used up after h²/2k_p + h/k_c ([DealGrove]_); behind a
coating that is used up the layer grows as one under a coating of its product's conductivities.

References
----------
.. [Wagner] C. Wagner, Z. Phys. Chem. B 21 (1933) 25.
.. [DealGrove] B. E. Deal, A. S. Grove, J. Appl. Phys. 36 (1965) 3770, doi:10.1063/1.1713945.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phasefield.theory.constants import FARADAY
from phasefield.theory.interphase import grown_thickness

#: A coating counts as used up with this part of it left: an electrolyte of a higher onset may keep a trace for long.
TRACE = 0.01
#: The part of a coating below which it has no effect.
NOTHING = 1e-6
#: Tolerance of the time integration, whose errors must be far below those of any mesh.
TOLERANCE = 1e-8


@dataclass(frozen=True)
class Reactant:
    """Reactant at a front.

    Attributes
    ----------
    onset : float [V]
        Potential against lithium below which it reacts; positive.
    velocity : float [m/s]
        Velocity of the front if only the reaction limits it; infinite for a fast reaction.
    volume : float [m^3/mol]
        Volume of product per mole of lithium.
    conductivity : float [S/m]
        Ambipolar conductivity σ̄ of the product.
    """

    onset: float
    velocity: float
    volume: float
    conductivity: float

    @property
    def parabolic(self) -> float:
        """k_p of the product [m^2/s]."""
        return self.volume * self.conductivity * self.onset / FARADAY

    @property
    def resistance(self) -> float:
        """Area-specific resistance of the reaction [ohm m^2]."""
        return self.onset * self.volume / (FARADAY * self.velocity)


class Course(NamedTuple):
    """Consumption of a coating over time.

    Attributes
    ----------
    consumed, layer : ndarray [m]
        s and L at the requested times.
    used_up : float [s]
        Time when only `TRACE` of the coating is left; infinite if this is after the last requested time.
    """

    consumed: NDArray[np.float64]
    layer: NDArray[np.float64]
    used_up: float


@dataclass(frozen=True)
class TwoFronts:
    """A coating on an electrode, under an electrolyte.

    Attributes
    ----------
    thickness : float [m]
        h of the coating.
    conductivity : float [S/m]
        Ambipolar conductivity of the remaining coating.
    coating, electrolyte : Reactant
    initial : float [m]
        L at the start.
    """

    thickness: float
    conductivity: float
    coating: Reactant
    electrolyte: Reactant
    initial: float

    def rates(self, consumed: float, layer: float) -> tuple[float, float]:
        """ds/dt and dL/dt [m/s].

        Parameters
        ----------
        consumed, layer : float [m]
            s and L.
        """
        own, other = self.coating, self.electrolyte
        left, below = self.thickness - consumed, consumed / own.conductivity
        beyond = left / self.conductivity + layer / other.conductivity + other.resistance
        currents = _divided(below, (own.onset, own.resistance), (other.onset, beyond))
        return currents[0] * own.volume / FARADAY, currents[1] * other.volume / FARADAY

    @property
    def equivalent(self) -> float:
        """Thickness of a layer with the same resistance as the coating when it is used up [m]."""
        return self.thickness * self.electrolyte.conductivity / self.coating.conductivity

    def course(self, times: ArrayLike) -> Course:
        """Positions of both fronts at some times.

        Parameters
        ----------
        times : array_like [s]
            Increasing times.
        """
        from scipy.integrate import solve_ivp  # here: it takes long to import, and few decks need it

        asked = np.asarray(times, float)
        ends = [_Consumed((1 - TRACE) * self.thickness, False), _Consumed((1 - NOTHING) * self.thickness, True)]
        found = solve_ivp(
            lambda _, y: self.rates(*y), (0.0, max(asked[-1], 1e-300)), (0.0, self.initial), "LSODA", events=ends,
            dense_output=True, rtol=TOLERANCE, atol=TOLERANCE * self.thickness,
        )  # fmt: skip
        consumed, layer = found.sol(np.minimum(asked, found.t[-1]))
        other = self.electrolyte
        behind = grown_thickness(
            np.maximum(asked - found.t[-1], 0.0), other.parabolic, other.velocity, self.equivalent, found.y[1, -1]
        )
        gone = asked > found.t[-1]
        used_up = float(found.t_events[0][0]) if len(found.t_events[0]) else math.inf
        return Course(np.where(gone, self.thickness, consumed), np.where(gone, behind, layer), used_up)


@dataclass(frozen=True)
class _Consumed:
    """Event of the integration: the consumed thickness reaches a value."""

    amount: float
    terminal: bool

    def __call__(self, _: float, fronts: NDArray[np.float64]) -> float:
        return self.amount - fronts[0]


def _divided(below: float, one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    """Currents through two branches (driving potential, resistance) that share a resistance; none flows back."""
    shared = below * (one[0] / one[1] + other[0] / other[1]) / (1 + below / one[1] + below / other[1])
    if shared >= one[0]:
        return 0.0, other[0] / (other[1] + below)
    if shared >= other[0]:
        return one[0] / (one[1] + below), 0.0
    return (one[0] - shared) / one[1], (other[0] - shared) / other[1]


def consumption_time(thickness: float, coating: Reactant) -> float:
    """h²/2k_p + h/k_c [s]: time until a coating is used up if no lithium passes it ([DealGrove]_).

    Parameters
    ----------
    thickness : float [m]
    coating : Reactant
    """
    return thickness**2 / (2 * coating.parabolic) + thickness / coating.velocity
