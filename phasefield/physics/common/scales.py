"""Units of a dimensionless problem: those of every physics, those of physics with a current, and derived units."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Scales:
    """Units of the dimensionless quantities in SI; each physics chooses them, and may add others.

    Attributes
    ----------
    length : float [m]
    time : float [s]
    """

    length: float
    time: float

    @property
    def diffusivity(self) -> float:
        """Unit of diffusivity [m²/s]."""
        return self.length**2 / self.time


@dataclass(frozen=True, kw_only=True)
class ElectricScales(Scales):
    """Units of a problem with potentials and currents.

    Attributes
    ----------
    potential : float [V]
    current : float [A/m²]
    charge : float [C/m²]
        Charge per area of a current of 1 in a time of 1, which one unit of growing or filling length takes up.
    """

    potential: float
    current: float
    charge: float

    @property
    def conductivity(self) -> float:
        """Unit of conductivity [S/m]."""
        return self.current * self.length / self.potential

    @property
    def resistance(self) -> float:
        """Unit of area-specific resistance [Ω m²]."""
        return self.potential / self.current
