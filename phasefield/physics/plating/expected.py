"""What nucleation does at the start of a deck, estimated without a simulation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from phasefield.mesh.caps import Cap
from phasefield.physics.plating.planned import Planned
from phasefield.theory.front import front_velocity
from phasefield.theory.kinetics import pressure_overpotential
from phasefield.theory.nucleation import boltzmann_factor, critical_radius, nucleation_barrier
from phasefield.theory.root import root

if TYPE_CHECKING:
    from phasefield.deck.collector import Nucleation
    from phasefield.physics.plating.deck import PlatingDeck

#: Largest overpotential that is looked at [V].
MOST = 2.0
#: Parts of an integral over the overpotential.
PARTS = 200


@dataclass(frozen=True)
class ExpectedNuclei:
    """Nucleation on the bare collector of a deck that has a ``[collector.nucleation]``.

    Attributes
    ----------
    deck : PlatingDeck
    """

    deck: PlatingDeck

    @property
    def _nucleation(self) -> Nucleation:
        nucleation = self.deck.nucleation
        assert nucleation is not None, "a deck with nucleation"
        return nucleation

    @property
    def sites(self) -> int:
        """Number of sites."""
        return len(self._nucleation.sites) + round(self._nucleation.random_sites(self.deck.domain.size[:-1]))

    @property
    def apart(self) -> float:
        """Mean distance of the sites [m]; infinite without one."""
        lateral = self.deck.domain.size[:-1]
        return (math.prod(lateral) / self.sites) ** (1 / len(lateral)) if self.sites else math.inf

    @property
    def least_radius(self) -> float:
        """Radius of curvature from which on a nucleus is resolved [m]."""
        return self._cap.resolved * self.deck.interface.width

    @property
    def _cap(self) -> Cap:
        return Cap(self.deck.contact_angle, self.deck.domain.dimension)

    def barrier(self, overpotential: float) -> float:
        """Work of the critical nucleus [J] at an overpotential [V]."""
        lithium = self.deck.lithium
        return nucleation_barrier(
            overpotential, lithium.interface_energy, lithium.molar_volume, self.deck.contact_angle
        )

    def critical_radius(self, overpotential: float) -> float:
        """Radius of the critical nucleus [m] at an overpotential [V]."""
        return critical_radius(overpotential, self.deck.lithium.interface_energy, self.deck.lithium.molar_volume)

    def rate(self, overpotential: float) -> float:
        """Nuclei per time [1/s] that a free site forms in classical nucleation, at an overpotential [V]."""
        frequency = self._nucleation.attempt_frequency
        if frequency is None or overpotential <= 0:
            return 0.0
        return frequency * boltzmann_factor(self.barrier(overpotential), self.deck.conditions.temperature)

    @property
    def overpotential(self) -> float:
        """Overpotential at which nuclei form [V]: the least of the deck's; or at which a site forms one per second.

        Infinite if that is more than `MOST`.
        """
        nucleation = self._nucleation
        if nucleation.attempt_frequency is None:
            own = [site.overpotential for site in nucleation.sites]
            return min(value for value in (*own, nucleation.overpotential) if value is not None)
        return root(lambda η: self.rate(η) - 1.0, 0.0, MOST) if self.rate(MOST) > 1.0 else math.inf

    @property
    def first_radius(self) -> float:
        """Radius with which nuclei begin [m]: the critical one at that overpotential."""
        return self.critical_radius(min(self.overpotential, MOST))

    @property
    def largest(self) -> float:
        """Overpotential that the first step that plates reaches [V]: its own, or an estimate of the peak at a current.

        The double layer takes a current i until the surface of the nuclei is large enough for it. Until then the
        overpotential rises with i/C, and a nucleus has grown by about the velocity times the time of one Tafel slope.
        """
        planned, deck = Planned(self.deck), self.deck
        step = next((s for s in deck.drive.each if s.plates), None)
        if step is None:
            return 0.0
        if step.voltage is not None:
            pressure = pressure_overpotential(deck.pressure, deck.lithium.molar_volume)
            return max(0.0, -step.voltage - pressure)
        current = planned.step_current(step)
        if self._carried(MOST, current) < current:
            return math.inf
        return root(lambda η: self._carried(η, current) - current, 0.0, MOST)

    @property
    def number(self) -> float:
        """Number of nuclei that the first step that plates forms."""
        step = next((s for s in self.deck.drive.each if s.plates), None)
        if step is None:
            return 0.0
        reached = min(self.largest, MOST)
        if step.voltage is not None:
            return self._formed(reached, self.rate(reached) * step.longest)
        return self._formed(reached, self._tried(reached, Planned(self.deck).step_current(step)))

    def _formed(self, overpotential: float, tried: float) -> float:
        """Nuclei on all sites at an overpotential [V], or after a free site had time for a number of nuclei."""
        nucleation, lateral = self._nucleation, self.deck.domain.size[:-1]
        if nucleation.attempt_frequency is not None:
            return self.sites * -math.expm1(-tried)
        mean = nucleation.overpotential or 0.0
        own = sum(overpotential >= (site.overpotential or mean) for site in nucleation.sites)
        above = (overpotential - mean) / (nucleation.spread or 1e-12) / math.sqrt(2)
        return own + round(nucleation.random_sites(lateral)) * 0.5 * math.erfc(-above)

    def _tried(self, overpotential: float, current: float) -> float:
        """Integral of the rate while a current charges the double layer to an overpotential."""
        step = overpotential / PARTS
        total = sum(self.rate((k + 0.5) * step) for k in range(PARTS))
        return total * step * self._nucleation.capacitance / current

    def _carried(self, overpotential: float, current: float) -> float:
        """Current density over the collector that nuclei carry once a current has charged it so far [A/m^2]."""
        if overpotential <= 0:
            return 0.0
        deck, planned = self.deck, Planned(self.deck)
        thermal = planned.law.thermal_voltage / deck.kinetics.cathodic_transfer_coefficient
        local = planned.law.current(-overpotential)
        time = self._nucleation.capacitance * min(thermal, overpotential) / current
        # r = r* + v t, and v is limited by the resistance r/σ of the electrolyte around a nucleus: a quadratic equation
        grown = front_velocity(time, deck.lithium.molar_volume)
        resistance, per_radius, first = overpotential / local, 1 / deck.conductivity, self.first_radius
        half = 0.5 * (resistance - per_radius * first)
        product = per_radius * (resistance * first + grown * overpotential)
        radius = (math.hypot(half, math.sqrt(product)) - half) / per_radius
        reached = overpotential / (resistance + per_radius * radius)
        lateral = deck.domain.size[:-1]
        area = self._cap.area * radius ** len(lateral) / math.prod(lateral)
        return self._formed(overpotential, self._tried(overpotential, current)) * area * reached
