"""Theory of charge transfer, and of a flat front behind a series resistance.

References
----------
.. [BardFaulkner] A. J. Bard, L. R. Faulkner, Electrochemical Methods, 2nd ed., Wiley (2001).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from phasefield.theory.constants import FARADAY, GAS_CONSTANT
from phasefield.theory.root import root

#: Voltages over RT/F at which Butler and Volmer's law is its tangent, to twice as many digits as this has.
NEARLY_LINEAR = 1e-12


@dataclass(frozen=True)
class RateLaw:
    """Charge transfer at the lithium, i = −i₀B(η) with plating currents positive.

    Butler–Volmer, B = exp(α_a Fη/RT) − exp(−α_c Fη/RT) ([BardFaulkner]_, eq. 3.4.11), or its linear limit
    B = (α_a + α_c)Fη/RT.

    Attributes
    ----------
    exchange_current_density : float [A/m^2]
    temperature : float [K]
    anodic, cathodic : float [1]
        Transfer coefficients α_a and α_c.
    linear : bool
    """

    exchange_current_density: float
    temperature: float = 298.15
    anodic: float = 0.5
    cathodic: float = 0.5
    linear: bool = False

    @property
    def thermal_voltage(self) -> float:
        """RT/F [V]."""
        return GAS_CONSTANT * self.temperature / FARADAY

    def current(self, overpotential: float) -> float:
        """Current density at an overpotential [V] [A/m^2]."""
        x = overpotential / self.thermal_voltage
        if self.linear:
            return -self.exchange_current_density * (self.anodic + self.cathodic) * x
        return self.exchange_current_density * (math.expm1(-self.cathodic * x) - math.expm1(self.anodic * x))

    def overpotential(self, current_density: float) -> float:
        """Overpotential at a current density [A/m^2] [V]; the inverse of `current`."""
        ratio = current_density / self.exchange_current_density
        if self.linear:
            return -self.thermal_voltage * ratio / (self.anodic + self.cathodic)
        if ratio == 0:
            return 0.0
        low, high = sorted((0.0, self.overpotential_bound(current_density)))
        return root(lambda η: self.current(η) - current_density, low, high)

    def overpotential_bound(self, current_density: float) -> float:
        """Bound of the overpotential of a current [A/m^2] [V]; the magnitude of B is at least exp(α|Fη/RT|) − 1."""
        ratio = current_density / self.exchange_current_density
        coefficient = self.cathodic if ratio > 0 else self.anodic
        return -math.copysign(1.0000001 * self.thermal_voltage * math.log1p(abs(ratio)) / coefficient, ratio)

    def resistance(self, current_density: float = 0.0) -> float:
        """Charge-transfer resistance R_ct = −dη/di at a current density [A/m^2] [ohm m^2].

        RT/((α_a + α_c)F i₀) at small ones ([BardFaulkner]_, eq. 3.4.13 for α_a + α_c = 1).
        """
        slope = self.anodic + self.cathodic
        if not self.linear:
            x = self.overpotential(current_density) / self.thermal_voltage
            slope = self.anodic * math.exp(self.anodic * x) + self.cathodic * math.exp(-self.cathodic * x)
        return self.thermal_voltage / (self.exchange_current_density * slope)


def tafel(overpotential: float, law: RateLaw) -> float:
    """Plating current density far from equilibrium, i₀ exp(−α_c Fη/RT) ([BardFaulkner]_, eq. 3.4.15).

    Parameters
    ----------
    overpotential : float [V]
    law : RateLaw

    Returns
    -------
    float [A/m^2]
    """
    return law.exchange_current_density * math.exp(-law.cathodic * overpotential / law.thermal_voltage)


def planar_current(
    voltage: float, law: RateLaw, series_resistance: float, counter: RateLaw | None = None
) -> float:
    """Current density of a flat front at a cell voltage, from V = η(i) − iR − η_c(−i).

    Parameters
    ----------
    voltage : float [V]
        Metal against the counter electrode; plating is negative.
    law : RateLaw
    series_resistance : float [ohm m^2]
        Electrolyte (gap over conductivity) and film.
    counter : RateLaw, optional
        Charge transfer at the counter electrode; fast if not given.

    Returns
    -------
    float [A/m^2]
    """
    if voltage == 0:
        return 0.0
    ohmic = -voltage / series_resistance
    if counter is not None:
        return _between_two(voltage, law, series_resistance, counter)
    if law.linear or abs(voltage) < NEARLY_LINEAR * law.thermal_voltage:
        return -voltage / (series_resistance + law.resistance())
    # Solved for η between 0 and V, or the bound of the ohmic current if that is nearer: nothing overflows.
    far = min(abs(law.overpotential_bound(ohmic)), abs(voltage))
    low, high = sorted((0.0, math.copysign(far, voltage)))
    η = root(lambda η: η - law.current(η) * series_resistance - voltage, low, high)
    # Of the two expressions for the current, the one that is no difference of nearly equal numbers.
    return law.current(η) if abs(η) > abs(voltage) / 2 else (η - voltage) / series_resistance


def _between_two(voltage: float, law: RateLaw, series_resistance: float, counter: RateLaw) -> float:
    """The same with charge transfer at both electrodes."""
    if (law.linear and counter.linear) or abs(voltage) < NEARLY_LINEAR * law.thermal_voltage:
        return -voltage / (series_resistance + law.resistance() + counter.resistance())

    def excess(i: float) -> float:
        return law.overpotential(i) - i * series_resistance - counter.overpotential(-i) - voltage

    low, high = sorted((0.0, -voltage / series_resistance))
    return root(excess, low, high)


def pressure_overpotential(pressure: float, molar_volume: float) -> float:
    """p V_Li/F [V]: decrease of the driving force of plating by a pressure in the lithium.

    Parameters
    ----------
    pressure : float [Pa]
    molar_volume : float [m^3/mol]
        V_Li.
    """
    return pressure * molar_volume / FARADAY


def film_resistance(thickness: float, conductivity: float) -> float:
    """Area-specific resistance of a film, h/σ [ohm m^2].

    Parameters
    ----------
    thickness : float [m]
    conductivity : float [S/m]
    """
    return thickness / conductivity
