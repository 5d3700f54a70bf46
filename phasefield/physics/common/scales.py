"""Units of a dimensionless problem: what every physics has, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Scales:
    """What one of each dimensionless quantity is worth in SI; the physics chooses, and may have more of them.

    Attributes
    ----------
    length : float [m]
    time : float [s]
    potential : float [V]
    current : float [A/m²]
    charge : float [C/m²]
        Charge per area that one length of what grows or fills takes: a current of 1 in a time of 1.
    """

    length: float
    time: float
    potential: float
    current: float
    charge: float

    @property
    def conductivity(self) -> float:
        """[S/m]"""
        return self.current * self.length / self.potential

    @property
    def diffusivity(self) -> float:
        """[m²/s]"""
        return self.length**2 / self.time

    @property
    def resistance(self) -> float:
        """Area-specific [Ω m²]."""
        return self.potential / self.current
