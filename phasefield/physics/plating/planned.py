"""Planned values of a deck's flat front: currents, resistances, mobility, heights."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from phasefield.deck.base import given
from phasefield.theory.front import front_velocity, keeping_mobility, physical_mobility
from phasefield.theory.kinetics import RateLaw, film_resistance, planar_current, pressure_overpotential

if TYPE_CHECKING:
    from phasefield.deck import DriveStep
    from phasefield.physics.plating.deck import PlatingDeck

#: Part of the gap by which the front moves between two values of the current at a given voltage.
ADVANCE = 0.02
#: Number of heights, from the bottom of the box to its top, at which that current is computed; linear between them.
HEIGHTS = 512


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
            self.deck.exchange_current_density * (coating.exchange_current_factor if coating else 1.0),
            self.deck.conditions.temperature,
            kinetics.anodic_transfer_coefficient,
            kinetics.cathodic_transfer_coefficient,
            linear=kinetics.law == "linear",
        )

    @cached_property
    def film_resistance(self) -> float:
        """Resistance of the film [ohm m^2]; 0 without a coating."""
        coating = self.deck.coating
        return film_resistance(coating.mean_thickness, self.deck.film_conductivity) if coating else 0.0

    @cached_property
    def counter(self) -> RateLaw | None:
        """Charge transfer at the counter electrode; None if that takes no overpotential."""
        kinetics, temperature = self.deck.counter_kinetics, self.deck.conditions.temperature
        if kinetics is None:
            return None
        return RateLaw(
            kinetics.exchange_current_density_at(temperature),
            temperature,
            kinetics.anodic_transfer_coefficient,
            kinetics.cathodic_transfer_coefficient,
            linear=kinetics.law == "linear",
        )

    def step_current(self, step: DriveStep, gap: float | None = None, pressure: float | None = None) -> float:
        """Current density of a step [A/m^2]; at a given voltage over a gap [m] under a pressure [Pa].

        Both are those at the start if not given.
        """
        if step.current_density is not None:
            return step.current_density
        if step.voltage is not None:
            ohmic = (self.deck.gap if gap is None else gap) / self.deck.conductivity
            pressure = self.deck.pressure if pressure is None else pressure
            shift = pressure_overpotential(pressure, self.deck.lithium.molar_volume)
            return planar_current(step.voltage + shift, self.law, ohmic + self.film_resistance, self.counter)
        return 0.0

    @cached_property
    def currents(self) -> tuple[float, ...]:
        """Current density of each step of a cycle [A/m^2].

        A hold at the voltage that ended the step before it takes over the current of that step.
        """
        found: list[float] = []
        for before, step in zip((None, *self.deck.drive.each), self.deck.drive.each, strict=False):
            current = self.step_current(step)
            if before is not None and step.voltage is not None and step.voltage == before.conditions.get("voltage"):
                current = min(found[-1], current, key=abs)
            found.append(current)
        return tuple(found)

    @property
    def largest_current(self) -> float:
        """Largest magnitude of the current density, plating or stripping [A/m^2]."""
        return max(abs(i) for i in self.currents)

    @property
    def plating_current(self) -> float:
        """Largest plating current density [A/m^2]; 0 if nothing is plated."""
        return max(0.0, *self.currents)

    @property
    def stripping_current(self) -> float:
        """Largest stripping current density, which is negative [A/m^2]; 0 if nothing is stripped."""
        return min(0.0, *self.currents)

    @property
    def driving_current(self) -> float:
        """Largest plating current density, or the largest stripping one if nothing is plated [A/m^2]."""
        return self.plating_current or self.stripping_current

    @property
    def charge_transfer_resistance(self) -> float:
        """R_ct at the driving current [ohm m^2]."""
        return self.law.resistance(self.driving_current)

    @property
    def resistance(self) -> float:
        """Resistance of charge transfer and film together [ohm m^2]."""
        return self.charge_transfer_resistance + self.film_resistance

    @property
    def capillary_mobility(self) -> float:
        """Γ by whose capillarity a curved front moves [m^2/s]: that of the interface energy, or the run's mobility."""
        return self._physical_mobility if self.deck.physical_capillarity else self.mobility

    @property
    def _physical_mobility(self) -> float:
        lithium = self.deck.lithium
        return physical_mobility(lithium.interface_energy, lithium.molar_volume, self.resistance)

    @property
    def fastest(self) -> float:
        """Velocity of the fastest part of a flat front, at the defects of its film [m/s]."""
        return self.focusing * front_velocity(self.largest_current, self.deck.lithium.molar_volume)

    def mobility_at(self, current: float) -> float:
        """Mobility Γ for a current density [A/m^2]: that of the deck, or one that keeps the profile [m^2/s].

        Chosen by itself, or with physical capillarity, at least that of the interface energy: below it, the
        Gibbs-Thomson term of the predicted shape would be unstable.
        """
        given, least = self.deck.interface.mobility, self._physical_mobility
        if given:
            return max(given, least) if self.deck.physical_capillarity else given
        velocity = self.focusing * front_velocity(abs(current), self.deck.lithium.molar_volume)
        return max(keeping_mobility(self.deck.interface.width, velocity), least)

    @property
    def mobility(self) -> float:
        """The largest mobility of the run [m^2/s], that of the largest current."""
        return self.mobility_at(self.largest_current)

    @cached_property
    def heights(self) -> tuple[float, ...]:
        """Height of the flat front at the start and after each scheduled step until the run ends [m].

        The run ends at the planned time, or when the front reaches a limit of the deck or is stripped, unless a voltage
        then ends the step. Of the conditions that end a step earlier, only charge and tip height are foreseen.
        """
        heights = [self.deck.front.height]
        for start, end, step in self.deck.schedule():
            moved = self._bounded(heights[-1], self._moved(heights[-1], step, end - start), step)
            height = max(0.0, min(moved, self._highest))
            heights.append(height)
            if height >= self._highest or (height <= 0 < heights[-2] and "voltage" not in step.conditions):
                break
        return tuple(heights)

    def _bounded(self, before: float, after: float, step: DriveStep) -> float:
        """Height after a step [m] that ends at its charge or tip height."""
        limits, way = step.conditions, 1 if step.plates else -1
        most = self._thickness(limits["charge"]) if "charge" in limits else math.inf
        if "tip_height" in limits:
            most = min(most, max(0.0, way * (limits["tip_height"] - self.deck.front.rise - before)))
        if step.plates:
            most = min(most, max(0.0, self._held(step) - before))
        return before + way * min(most, way * (after - before))

    def column_pressure(self, step: DriveStep) -> float:
        """Largest pressure that a column can reach in a step [Pa]: the voltage's, or that at which it flows."""
        if step.voltage is None:
            own = math.inf if step.plates else 0.0
        else:
            own = max(0.0, -step.voltage) / pressure_overpotential(1.0, self.deck.lithium.molar_volume)
        return min(given(self.deck.column).strength, own)

    def column_length(self, pressure: float) -> float:
        """Length at which a column that has not flowed reaches a pressure [m]; infinite from Young's modulus on."""
        column, lithium = given(self.deck.column), self.deck.lithium
        if pressure >= column.youngs_modulus:
            return math.inf
        return column.length_under(pressure, self.deck.front.height, lithium.pressure)

    def _pressure_at(self, height: float, step: DriveStep) -> float | None:
        """Pressure of a column that grows until it flows, at a height [Pa]; None for any other lithium."""
        column, start = self.deck.column, self.deck.front.height
        if column is None or self.column_pressure(step) < column.strength:
            return None
        elastic = height - start + self.deck.pressure * column.compliance(start)
        return min(column.strength, max(0.0, elastic / column.compliance(height)))

    def _held(self, step: DriveStep) -> float:
        """Height at which a support ends the growth in a step [m]; infinite if nothing does."""
        if self.deck.column is None:
            return math.inf
        pressure = self.column_pressure(step)
        return self.column_length(pressure) if pressure < self.deck.column.strength else math.inf

    @cached_property
    def _highest(self) -> float:
        """Height at which `stop.charge` or `stop.tip_height` ends the run of a front that keeps its shape [m]."""
        stop, front = self.deck.stop, self.deck.front
        by_charge = math.inf if stop.charge is None else front.height + self._thickness(stop.charge)
        by_height = math.inf if stop.tip_height is None else stop.tip_height - front.rise
        return max(front.height, min(by_charge, by_height))

    def _moved(self, height: float, step: DriveStep, duration: float) -> float:
        """Height of the flat front after a step [m]; at a given voltage, the current follows the gap."""
        if step.voltage is None:
            return height + self._thickness(self.step_current(step) * duration)
        top = self.deck.domain.height
        first = self._thickness(self._current_at(height, step) * duration)
        parts = 1 + min(200, int(abs(first) / (ADVANCE * max(top - height, ADVANCE * top))))
        for _ in range(parts):  # the midpoint rule
            half = self._thickness(self._current_at(height, step) * duration / parts / 2)
            height += self._thickness(self._current_at(height + half, step) * duration / parts)
        return height

    def _current_at(self, height: float, step: DriveStep) -> float:
        """Current density at the given voltage of a step, with the front at a height [A/m^2]."""
        place = min(max(height / self.deck.domain.height, 0.0), 1.0 - 1.0 / HEIGHTS) * HEIGHTS
        low, share = int(place), place % 1.0
        return (1 - share) * self._tabulated(step, low) + share * self._tabulated(step, low + 1)

    def _tabulated(self, step: DriveStep, place: int) -> float:
        key = (step.voltage, place)
        if key not in self._table:
            height = self.deck.domain.height * min(place, HEIGHTS - 0.5) / HEIGHTS
            self._table[key] = self.step_current(step, self.deck.gap_at(height), self._pressure_at(height, step))
        return self._table[key]

    @cached_property
    def _table(self) -> dict[tuple[float | None, int], float]:
        return {}

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
