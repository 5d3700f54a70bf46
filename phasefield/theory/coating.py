r"""What theory says about a coating that lithium consumes: two fronts in series, each with its own potential and rate.

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
.. [Wagner] C. Wagner, Z. Phys. Chem. B 21 (1933) 25, doi:10.1515/zpch-1933-2105.
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
#: The part with which it is no more in the way of anything.
NOTHING = 1e-6
#: Of the integration in time; its errors are to be far below those of any mesh.
TOLERANCE = 1e-8


@dataclass(frozen=True)
class Reactant:
    """What reacts at a front.

    Attributes
    ----------
    onset : float [V]
        Below this potential against lithium it reacts; positive.
    velocity : float [m/s]
        Of the front with nothing but the reaction in its way; infinite if that is fast.
    volume : float [m^3/mol]
        Of product per mole of lithium.
    conductivity : float [S/m]
        σ̄ of the product, ambipolar.
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
        """Of the reaction, per area [ohm m^2]."""
        return self.onset * self.volume / (FARADAY * self.velocity)


class Course(NamedTuple):
    """What becomes of a coating.

    Attributes
    ----------
    consumed, layer : ndarray [m]
        s and L at the times asked for.
    used_up : float [s]
        When only `TRACE` of the coating is left; infinite if that is after the last of these times.
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
        Ambipolar, of the coating that is left.
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
        """The thickness of layer that resists lithium as the coating does when it is used up [m]."""
        return self.thickness * self.electrolyte.conductivity / self.coating.conductivity

    def course(self, times: ArrayLike) -> Course:
        """How far both fronts are at some times.

        Parameters
        ----------
        times : array_like [s]
            Rising.
        """
        from scipy.integrate import solve_ivp  # which takes long to import, and few decks need it

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
    """An event of an integration: so much is consumed."""

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
    """h²/2k_p + h/k_c [s]: when a coating that passes nothing on is used up ([DealGrove]_).

    Parameters
    ----------
    thickness : float [m]
    coating : Reactant
    """
    return thickness**2 / (2 * coating.parabolic) + thickness / coating.velocity
