"""The flat cell at uniform concentration, for Newton's initial values and the length of a first step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from phasefield.physics.common.drive import Segment
from phasefield.physics.common.model import CoefficientField
from phasefield.physics.plating.counter import CounterParameters
from phasefield.physics.plating.deck import PlatingDeck
from phasefield.physics.plating.model import Parameters
from phasefield.physics.plating.scales import PlatingScales
from phasefield.theory.root import root


@dataclass(frozen=True)
class PlanarCell:
    """A flat front with the surface of the deck, bare and covered parts in parallel; dimensionless.

    Attributes
    ----------
    law : ButlerVolmer or LinearKinetics
    film, exchange : ndarray, shape (samples,)
        Film resistance and exchange-current factor at samples of the surface.
    height, gap : float
        Height of the front, and its distance to the counter electrode.
    conductivity : float
    pressure : float
        Pressure of the lithium, as an overpotential.
    counter : CounterParameters or None
        Lithium as the counter electrode, which recedes, so that the gap stays.
    """

    law: Any
    film: np.ndarray
    exchange: np.ndarray
    height: float
    gap: float
    conductivity: float
    pressure: float = 0.0
    counter: CounterParameters | None = None

    @classmethod
    def of(
        cls, deck: PlatingDeck, scales: PlatingScales, parameters: Parameters, static: Sequence[CoefficientField]
    ) -> PlanarCell:
        """Sample the surface of a deck, where it differs, on a grid of at most 200 points along each lateral axis."""
        height = deck.front.height / scales.length
        extents = zip(deck.domain.cells[:-1], deck.domain.size[:-1], strict=True) if static else ()
        lateral = [
            (np.arange(min(n, 200)) + 0.5) * (size / scales.length / min(n, 200)) for n, size in extents
        ]
        points = [np.ravel(x) for x in np.meshgrid(*lateral, indexing="ij")] if lateral else []
        coordinates = [*points, np.full(points[0].shape if points else (1,), height)]
        values = {s.name: s.values(coordinates) for s in static}
        zero = np.zeros_like(coordinates[-1])
        layer = parameters.layer(0.0) if parameters.layer else 0.0
        return cls(
            parameters.kinetics, values.get("film", zero) + layer, values.get("exchange", zero + 1.0),
            height, deck.domain.height / scales.length - height, parameters.conductivity, parameters.pressure,
            parameters.counter,
        )  # fmt: skip

    def at(self, height: float) -> PlanarCell:
        """The same cell with the front at another height."""
        return replace(self, height=height, gap=self.gap if self.counter else self.gap + self.height - height)

    def surface_current(self, drop: float) -> float:
        """Mean plating current when the electrolyte at the surface is at a potential ``drop``."""
        y = self.law.solve_activation(self.pressure - drop, self.film * self.exchange)
        with np.errstate(over="ignore"):  # infinite: more than any current that is searched for
            return float(np.mean(-self.exchange * self.law.rate(y)))

    def surface_drop(self, current: float) -> float:
        """Potential of the electrolyte at the surface that plates a mean current."""
        bound = 1.0
        while self.surface_current(bound) < abs(current) or self.surface_current(-bound) > -abs(current):
            bound *= 2.0
        return root(lambda drop: self.surface_current(drop) - current, -bound, bound)

    def current(self, segment: Segment) -> float:
        """Mean plating current of a segment of the drive."""
        if segment.galvanostatic:
            return segment.value
        low, high = sorted((self.pressure, -segment.value))
        if low == high:
            return 0.0
        drop = root(lambda d: d + self._rise(self.surface_current(d)) + segment.value, low, high)
        return self.surface_current(drop)

    def _rise(self, current: float) -> float:
        """Potential of the counter electrode above that of the electrolyte at the surface."""
        ohmic = current * self.gap / self.conductivity
        if self.counter is None or not np.isfinite(current):
            return ohmic
        return ohmic + float(self.counter.kinetics.overpotential(current / self.counter.exchange))

    def potential(self, segment: Segment):
        """Potential of the electrolyte, ``potential(z) -> ndarray``; that of the surface below it."""
        i = self.current(segment)
        drop = (
            self.surface_drop(i)
            if segment.galvanostatic
            else -segment.value - self._rise(i)
        )
        return lambda z: drop + i * np.maximum(z - self.height, 0.0) / self.conductivity

    def uncharged(self, segment: Segment, start: float):
        """The same over a bare collector at the potential of lithium, up to a height, while a current charges it."""
        i = segment.value if segment.galvanostatic else -segment.value * self.conductivity / self.gap
        return lambda z: i * (z - start) / self.conductivity
