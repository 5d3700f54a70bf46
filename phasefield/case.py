"""From a deck to the model an engine can run: SI becomes dimensionless here, and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.constants import R

from phasefield import geometry, theory
from phasefield.drive import Segment, segments
from phasefield.energy import equilibrium_profile
from phasefield.kinetics import LAWS
from phasefield.models.base import Field, Static
from phasefield.models.electrodeposition import Electrodeposition, Parameters
from phasefield.planar import PlanarCell
from phasefield.scales import Scales

#: How far ξ may leave [0, 1]: the profile of a curved or fast front overshoots by a little.
BOUNDS_TOLERANCE = 0.05


@dataclass(frozen=True)
class Case:
    """One deck, ready to run.

    Attributes
    ----------
    scales : Scales
    model : Electrodeposition
    drive : tuple of Segment
    spacing : tuple of float [δ_PF]
    planar : PlanarCell
        The cell with a flat front, for starting values.
    """

    scales: Scales
    model: Electrodeposition
    drive: tuple[Segment, ...]
    spacing: tuple[float, ...]
    planar: PlanarCell


def build(deck) -> Case:
    """Everything an engine needs, from a validated deck.

    Parameters
    ----------
    deck : Deck

    Returns
    -------
    Case
    """
    scales = Scales.of(deck)
    drive = segments(deck, scales)
    parameters = dimensionless(deck, scales)
    static = static_fields(deck, scales)
    planar = PlanarCell.of(deck, scales, parameters, static)
    model = Electrodeposition(
        parameters,
        height=deck.domain.size[-1] / scales.length,
        fields=fields(deck, scales, planar.potential(drive[0])),
        static=static,
    )
    return Case(scales, model, drive, tuple(h / scales.length for h in deck.domain.spacing), planar)


def dimensionless(deck, scales: Scales) -> Parameters:
    """The model's parameters in the units of ``scales``."""
    e, k = deck.electrolyte, deck.kinetics
    binary = e.transport == "binary"
    mobility = deck.interface.mobility or theory.automatic_mobility(deck)
    physical = deck.interface.capillarity == "physical"
    rt = R * deck.conditions.temperature
    return Parameters(
        mobility=mobility / scales.diffusivity,
        conductivity=e.conductivity / scales.conductivity,
        kinetics=LAWS[k.law](k.anodic_transfer_coefficient, k.cathodic_transfer_coefficient),
        conductivity_exponent=e.conductivity_exponent if binary else 0.0,
        floor=deck.interface.conductivity_floor,
        anisotropy=deck.lithium.anisotropy,
        capillarity=deck.lithium.interface_energy * scales.molar_volume / (rt * scales.length)
        if physical
        else None,
        transference=e.transference_number if binary else 1.0,
        diffusivity=e.diffusivity / scales.diffusivity if binary else 0.0,
        thermodynamic_factor=e.thermodynamic_factor,
        lithium_per_salt=1 / (scales.molar_volume * scales.concentration) if binary else 0.0,
        reservoir=binary and e.counter_electrode == "reservoir",
    )


def _in_metres(function, scales):
    return lambda x: function([np.asarray(c) * scales.length for c in x])


def static_fields(deck, scales: Scales) -> list[Static]:
    """Film, exchange-current and conductivity fields; only those that are not uniform and trivial."""
    size = deck.domain.size
    exchange, out = [], []
    if deck.coating is not None:
        coating = deck.coating
        coverage = _in_metres(geometry.film_coverage(coating, size, min(deck.domain.spacing)), scales)
        resistance = coating.thickness / coating.conductivity / scales.resistance
        out.append(
            Static("film", "Film resistance", "ohm m2", lambda x: resistance * coverage(x), scales.resistance)
        )
        exchange.append((coating.exchange_current_factor, coverage))
    if deck.heterogeneity is not None:
        pattern = deck.heterogeneity.grain_boundaries
        weight = _in_metres(geometry.grain_boundaries(pattern, size), scales)
        factor = pattern.conductivity_factor
        bulk = deck.electrolyte.conductivity
        out.append(
            Static("conductivity", "Conductivity", "S/m", lambda x: 1 + (factor - 1) * weight(x), bulk)
        )
        exchange.append((pattern.exchange_current_factor, weight))
    if any(factor != 1.0 for factor, _ in exchange):

        def product(x):
            return np.prod([1 + (factor - 1) * weight(x) for factor, weight in exchange], axis=0)

        out.append(Static("exchange", "Exchange current", "A/m2", product, scales.current))
    return out


def fields(deck, scales: Scales, potential) -> list[Field]:
    """The unknowns with their initial state: the front, a planar cell's potential, the uniform salt."""
    distance = _in_metres(geometry.front_distance(deck.front, deck.domain.size), scales)
    low, high = -BOUNDS_TOLERANCE, 1 + BOUNDS_TOLERANCE
    xi = Field(
        "xi", "Order parameter", "1", lambda x: equilibrium_profile(distance(x) / scales.length, 1.0),
        lower=low, upper=high, tolerance=1e-4, controls_step=True,
    )  # fmt: skip
    phi = Field(
        "phi",
        "Electrolyte potential",
        "V",
        lambda x: potential(x[-1]),
        scale=scales.potential,
        tolerance=1e-3,
    )
    if deck.electrolyte.transport == "single-ion":
        return [xi, phi]
    c = Field(
        "c", "Salt concentration", "mol/m3", lambda x: np.ones_like(x[-1]), scale=scales.concentration,
        lower=0.0, positive=True, tolerance=1e-4, controls_step=True,
    )  # fmt: skip
    return [xi, phi, c]
