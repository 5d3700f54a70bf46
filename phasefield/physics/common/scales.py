"""Units of a dimensionless problem: what they are of every physics, and of those with a current; what follows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Scales:
    """What one of each dimensionless quantity is worth in SI; the physics chooses, and may have more of them.

    Attributes
    ----------
    length : float [m]
    time : float [s]
    """

    length: float
    time: float

    @property
    def diffusivity(self) -> float:
        """[m²/s]"""
        return self.length**2 / self.time


@dataclass(frozen=True, kw_only=True)
class ElectricScales(Scales):
    """Units of a problem with potentials and currents.

    Attributes
    ----------
    potential : float [V]
    current : float [A/m²]
    charge : float [C/m²]
        Charge per area that one length of what grows or fills takes: a current of 1 in a time of 1.
    """

    potential: float
    current: float
    charge: float

    @property
    def conductivity(self) -> float:
        """[S/m]"""
        return self.current * self.length / self.potential

    @property
    def resistance(self) -> float:
        """Area-specific [Ω m²]."""
        return self.potential / self.current
