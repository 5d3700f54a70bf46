"""Caps of lithium on a flat collector, sharp and diffuse. Any unit of length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from phasefield.theory.nucleation import cap_area, cap_volume
from phasefield.theory.root import root

#: Height and radius of the smallest resolved cap, in widths of the interface.
RESOLVED = 1.0
#: Samples of a profile's integral, and the distance from the surface over δ at which it ends.
SAMPLES, FAR = 4001, 40.0


@dataclass(frozen=True)
class Cap:
    """Caps of all sizes with one contact angle: parts of spheres in 3-D, of cylinders in 2-D.

    Attributes
    ----------
    angle : float [rad]
        Contact angle, through the lithium.
    dimension : int
        2 or 3.
    """

    angle: float
    dimension: int

    @property
    def volume(self) -> float:
        """Volume over radius^dimension."""
        return cap_volume(self.angle, self.dimension)

    @property
    def area(self) -> float:
        """Area in the electrolyte over radius^(dimension − 1)."""
        return cap_area(self.angle, self.dimension)

    @property
    def spread(self) -> float:
        """Growth of the radius over the velocity of the surface, while the cap keeps its angle; 1 at 90°."""
        return self.area / (self.dimension * self.volume)

    @property
    def height(self) -> float:
        """Height over radius."""
        return 1 - float(np.cos(self.angle))

    @property
    def base(self) -> float:
        """Radius of the contact with the collector over radius."""
        return float(np.sin(self.angle))

    @property
    def resolved(self) -> float:
        """Radius of the smallest resolved cap, in widths of the interface: neither it nor the height is too small."""
        return RESOLVED / min(1.0, self.height)

    def distance(self, lateral, z, position: Sequence[float], radius: float):
        """Distance from the centre of the sphere whose part the cap is.

        Parameters
        ----------
        lateral : sequence of ndarray
            Lateral coordinates.
        z : ndarray
            Height over the collector.
        position : sequence of float
            Centre of the cap, in the plane.
        radius : float
        """
        square = sum((x - p) ** 2 for x, p in zip(lateral, position, strict=True))
        return np.sqrt(square + (z + radius * np.cos(self.angle)) ** 2)

    def diffuse_radius(self, radius: float, δ: float) -> float:
        """Distance of ξ = ½ from the centre with which ξ = ½[1 − tanh((r − ρ)/2δ)] holds the lithium of a sharp cap.

        ρ is less than the radius: a diffuse surface holds more than a sharp one where it is convex, 1.2 times as much
        at a hemicylinder of four δ.
        """
        centre = radius * float(np.cos(self.angle))  # below the collector if positive
        r = np.linspace(0.0, radius + FAR * δ, SAMPLES)
        shells, step = self._shells(r, centre), r[1]

        def excess(rho):
            profile = 0.5 * (1 - np.tanh((r - rho) / (2 * δ)))
            return float(np.sum(shells * profile) * step) - self.volume * radius**self.dimension

        return root(excess, -FAR * δ, radius + FAR * δ)

    def _shells(self, r, centre: float):
        """Area of a sphere, or length of a circle, of each radius above the collector."""
        above = np.clip(centre / np.maximum(r, 1e-300), -1.0, 1.0)  # cosine of the angle at which it meets the plane
        return 2 * r * np.arccos(above) if self.dimension == 2 else 2 * np.pi * r**2 * (1 - above)
