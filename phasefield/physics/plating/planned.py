"""Planned values of a deck's flat front: currents, resistances, mobility, heights."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import cycle
from typing import TYPE_CHECKING

from phasefield.theory.front import front_velocity, keeping_mobility, physical_mobility
from phasefield.theory.kinetics import RateLaw, film_resistance, planar_current, pressure_overpotential

if TYPE_CHECKING:
    from phasefield.deck import DriveStep
    from phasefield.physics.plating.deck import PlatingDeck


@dataclass(frozen=True)
class Planned:
    """The flat cell of a deck; a coating is treated as a film without defects.

    Attributes
    ----------
    deck : PlatingDeck
    """

    deck: PlatingDeck

    @cached_property
    def law(self) -> RateLaw:
        """Charge transfer at the lithium, under the film if there is one."""
        kinetics, coating = self.deck.kinetics, self.deck.coating
        return RateLaw(
            kinetics.exchange_current_density * (coating.exchange_current_factor if coating else 1.0),
            self.deck.conditions.temperature,
            kinetics.anodic_transfer_coefficient,
            kinetics.cathodic_transfer_coefficient,
            linear=kinetics.law == "linear",
        )

    @cached_property
    def film_resistance(self) -> float:
        """Resistance of the film [ohm m^2]; 0 without a coating."""
        coating = self.deck.coating
        return film_resistance(coating.mean_thickness, coating.conductivity) if coating else 0.0

    def step_current(self, step: DriveStep) -> float:
        """Current density of a step [A/m^2]; for a potentiostatic step, at its start."""
        if step.current_density is not None:
            return step.current_density
        if step.voltage is not None:
            ohmic = self.deck.gap / self.deck.electrolyte.conductivity
            pressure = pressure_overpotential(self.deck.lithium.pressure, self.deck.lithium.molar_volume)
            return planar_current(step.voltage + pressure, self.law, ohmic + self.film_resistance)
        return 0.0

    @cached_property
    def currents(self) -> tuple[float, ...]:
        """Current density of each step of a cycle [A/m^2]."""
        return tuple(self.step_current(step) for step in self.deck.drive.steps)

    @property
    def largest_current(self) -> float:
        """Largest magnitude of the current density, plating or stripping [A/m^2]."""
        return max(abs(i) for i in self.currents)

    @property
    def plating_current(self) -> float:
        """Largest plating current density [A/m^2]; 0 if nothing is plated."""
        return max(0.0, *self.currents)

    @property
    def charge_transfer_resistance(self) -> float:
        """R_ct at the largest plating current [ohm m^2]."""
        return self.law.resistance(self.plating_current)

    @property
    def resistance(self) -> float:
        """Resistance of charge transfer and film together [ohm m^2]."""
        return self.charge_transfer_resistance + self.film_resistance

    @property
    def capillary_mobility(self) -> float:
        """Γ with which a curved front moves by its interface energy [m^2/s]; with effective capillarity the mobility."""
        lithium = self.deck.lithium
        physical = physical_mobility(lithium.interface_energy, lithium.molar_volume, self.resistance)
        return physical if self.deck.physical_capillarity else self.mobility

    @property
    def fastest(self) -> float:
        """Velocity of the fastest part of a flat front, at the defects of its film [m/s]."""
        return self.focusing * front_velocity(self.largest_current, self.deck.lithium.molar_volume)

    @property
    def automatic_mobility(self) -> float:
        """Mobility that keeps the profile of the fastest front, or that of the interface energy if larger [m^2/s]."""
        lithium = self.deck.lithium
        physical = physical_mobility(lithium.interface_energy, lithium.molar_volume, self.resistance)
        return max(keeping_mobility(self.deck.interface.width, self.fastest), physical)

    @property
    def mobility(self) -> float:
        """Mobility Γ of the run [m^2/s]: that of the deck, or the automatic one."""
        return self.deck.interface.mobility or self.automatic_mobility

    @cached_property
    def heights(self) -> tuple[float, ...]:
        """Height of the flat front at the start and after each scheduled step [m]."""
        height, heights = self.deck.front.height, [self.deck.front.height]
        limit = math.inf if self.deck.stop.charge is None else height + self._thickness(self.deck.stop.charge)
        for (start, end, _), current in zip(self.deck.schedule(), cycle(self.currents), strict=False):
            height = min(height + self._thickness(current * (end - start)), limit)
            heights.append(height)
        return tuple(heights)

    def _thickness(self, charge: float) -> float:
        return front_velocity(charge, self.deck.lithium.molar_volume)  # Faraday's law, integrated

    @property
    def focusing(self) -> float:
        """Current density in the film's defects over the mean, if only the interface resists [1]; at least 1.

        Film and defects in parallel: 1/(θ + (1 − θ)R_bare/R_film) with θ the area fraction of the defects.
        """
        area, coating = self._defect_area_fraction(), self.deck.coating
        if coating is None or area == 0:
            return 1.0
        covered = self.law.resistance()
        bare = covered * coating.exchange_current_factor
        return max(1.0, 1 / (area + (1 - area) * bare / (covered + self.film_resistance)))

    def _defect_area_fraction(self) -> float:
        coating, lateral = self.deck.coating, self.deck.domain.size[:-1]
        if coating is None or not lateral:
            return 0.0
        widths = [d.width for d in coating.defects]
        if coating.random_defects:
            widths += [coating.random_defects.width] * coating.random_defects.number
        areas = widths if len(lateral) == 1 else [math.pi / 4 * w**2 for w in widths]
        areas += [c.width * math.dist(c.start, c.end) for c in coating.cracks]
        return min(1.0, sum(areas) / math.prod(lateral))


def automatic_mobility(deck: PlatingDeck) -> float:
    """Automatic capillary mobility of a deck [m^2/s]; see `Planned.automatic_mobility`.

    Parameters
    ----------
    deck : PlatingDeck
    """
    return Planned(deck).automatic_mobility
