"""The unknowns of a plating deck with their initial state, and its coefficient fields."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from phasefield.deck.mesh import BoxOrMesh
from phasefield.mesh import shapes as geometry
from phasefield.physics.common.case import in_metres, product_of
from phasefield.physics.common.energy import equilibrium_profile
from phasefield.physics.common.model import CoefficientField, Field
from phasefield.physics.plating.deck import PlatingDeck
from phasefield.physics.plating.scales import PlatingScales

#: Largest distance of ξ from [0, 1]: the profile of a curved or fast front overshoots slightly.
BOUNDS_TOLERANCE = 0.05


def collector_fields(deck: PlatingDeck, scales: PlatingScales) -> list[CoefficientField]:
    """The area of the collector per volume, and the number of nuclei per volume, which changes in the run."""
    if deck.nucleation is None:
        return []
    cell = deck.domain.spacing[-1] / scales.length
    return [
        CoefficientField("collector", "Collector", "1/m", lambda x: np.where(x[-1] < cell, 1 / cell, 0.0)),
        CoefficientField("sites", "Nuclei per volume", "1", lambda x: np.zeros_like(x[-1])),
    ]


def static_fields(deck: PlatingDeck, scales: PlatingScales) -> list[CoefficientField]:
    """Film, exchange-current and conductivity fields, as far as they are not trivial."""
    size = deck.domain.size
    exchange, out = [], []
    if deck.coating is not None:
        coating = deck.coating
        coverage = in_metres(geometry.film_coverage(coating, size, min(deck.domain.spacing)), scales)
        thickness = in_metres(geometry.film_thickness(coating, size), scales)
        unit = deck.film_conductivity * scales.resistance
        resistance = product_of([coverage, lambda x: thickness(x) / unit])
        out.append(CoefficientField("film", "Film resistance", "ohm m2", resistance, scales.resistance))
        exchange.append((coating.exchange_current_factor, coverage))
    if deck.heterogeneity is not None:
        pattern = deck.heterogeneity.grain_boundaries
        weight = in_metres(geometry.grain_boundaries(pattern, size), scales)
        factor = pattern.conductivity_factor
        bulk = deck.conductivity
        out.append(
            CoefficientField("conductivity", "Conductivity", "S/m", lambda x: 1 + (factor - 1) * weight(x), bulk)
        )
        exchange.append((pattern.exchange_current_factor, weight))
    if any(factor != 1.0 for factor, _ in exchange):

        def product(x):
            return np.prod([1 + (factor - 1) * weight(x) for factor, weight in exchange], axis=0)

        out.append(CoefficientField("exchange", "Exchange current", "A/m2", product, scales.current))
    return out


def heights(domain: BoxOrMesh, scales: PlatingScales) -> Callable:
    """Height over the electrode as a function of coordinates, both dimensionless."""
    return in_metres(lambda x: domain.over_electrode(x)[-1] / scales.length, scales)


def _holds_salt(now):
    """1 up to ξ = 0.9; from there on a concentration has less and less of a meaning."""
    return np.clip(10 * (1 - now["xi"]), 0, 1)


def _followed(now):
    """A tenth in the electrolyte: a local error of ten tolerances in RT/F is as bad as one in ξ."""
    return 0.1 * np.clip(1 - now["xi"], 0, 1)


def fields(deck: PlatingDeck, scales: PlatingScales, potential) -> list[Field]:
    """The unknowns with their initial state: the front, a planar cell's potential, the uniform salt."""
    domain, z = deck.domain, heights(deck.domain, scales)
    front = geometry.front_distance(deck.front, domain.size, deck.interface.width, deck.contact_angle)
    distance = in_metres(lambda x: front(domain.over_electrode(x)), scales)
    low, high = -BOUNDS_TOLERANCE, 1 + BOUNDS_TOLERANCE
    xi = Field(
        "xi", "Order parameter", "1", lambda x: equilibrium_profile(distance(x) / scales.length, 1.0),
        lower=low, upper=high, tolerance=1e-4, controls_step=True,
    )  # fmt: skip
    phi = Field(
        "phi",
        "Electrolyte potential",
        "V",
        lambda x: potential(z(x)),
        scale=scales.potential,
        tolerance=1e-3,
        controls_step=deck.nucleation is not None,  # it decides where nuclei form
        part=_followed if deck.nucleation else None,
    )
    more = [
        Field("nuclei", "Unresolved lithium", "1", lambda x: np.zeros_like(x[-1]), lower=low, tolerance=1e-4)
    ] if deck.nucleation else []  # fmt: skip
    if deck.electrolyte.transport == "single-ion":
        return [xi, phi, *more]
    c = Field(
        "c", "Salt concentration", "mol/m3", lambda x: np.ones_like(x[-1]), scale=scales.concentration,
        lower=-0.05, positive=True, tolerance=1e-4, controls_step=True, part=_holds_salt,
    )  # fmt: skip
    return [xi, phi, c, *more]
