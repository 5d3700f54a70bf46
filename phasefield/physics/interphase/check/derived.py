"""Numbers that follow from an interphase deck before anything is simulated."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from phasefield import theory
from phasefield.theory import FARADAY, elasticity
from phasefield.theory import interphase as laws
from phasefield.theory.coating import Reactant, TwoFronts, consumption_time

if TYPE_CHECKING:
    from phasefield.physics.interphase.deck import InterphaseDeck
    from phasefield.physics.interphase.deck_mechanics import Mechanics

#: A coating is followed for this many times the time in which it would be used up without reaction of the electrolyte.
HORIZON = 100.0


def derived(deck: InterphaseDeck) -> dict[str, Any]:
    """Numbers that follow from a deck.

    Parameters
    ----------
    deck : InterphaseDeck

    Returns
    -------
    dict
        SI floats by ASCII name, JSON-able; None for infinite values and for quantities that this deck does not have.
        With a coating, they refer to an intact one.
    """
    temperature, product = deck.conditions.temperature, deck.product
    ionic, electronic = product.conductivities(temperature)
    onset, volume = max(deck.window, 0.0), product.volume_per_lithium
    parabolic = laws.parabolic_constant(ionic, electronic, onset, volume)
    reaction = reaction_velocity(deck)
    coating = 0.0
    if deck.coating:
        pair = deck.coating.conductivities(temperature)
        coating = laws.equivalent_thickness(deck.coating.mean_thickness, pair, (ionic, electronic))
    consumption = consumed(deck) if deck.consumes else {}
    thickness = consumption.get("planned_thickness", _thickness(deck, parabolic, reaction, coating))
    numbers = {
        "window": deck.window,
        "ionic_conductivity": ionic,
        "electronic_conductivity": electronic,
        "ambipolar_conductivity": laws.ambipolar_conductivity(ionic, electronic),
        "parabolic_constant": parabolic,
        "reaction_velocity": reaction,
        "crossover_thickness": laws.crossover_thickness(parabolic, reaction),
        "coating_equivalent": coating,
        "planned_thickness": thickness,
        "planned_exponent": _exponent(deck, thickness, parabolic, reaction, coating),
        "planned_resistance": _resistance(deck, thickness, ionic),
        "interface_cells": theory.interface_cells(deck.interface.width, max(deck.domain.spacing)),
        "planned_time": deck.planned_time,
        "cells": math.prod(deck.domain.shape),
    }
    numbers |= consumption | (_mechanics(deck.mechanics, volume) if deck.mechanics else {})
    return {key: value if math.isfinite(value) else None for key, value in numbers.items()}


def _mechanics(mechanics: Mechanics, volume: float) -> dict[str, float]:
    """Stress along a flat layer without its casing, its elastic energy per lithium, and where it would crack."""
    product = mechanics.product
    moduli = product.youngs_modulus, product.poisson_ratio
    stress = elasticity.film_stress(*moduli, product.strain, mechanics.pressure)
    energy = elasticity.film_energy(*moduli, product.strain)
    numbers = {
        "swelling_strain": product.strain,
        "film_stress": stress,
        "elastic_voltage": energy * volume / FARADAY,
    }
    geometry = elasticity.TUNNEL if mechanics.cracks else elasticity.CHANNEL
    if product.fracture_toughness is not None:
        numbers["critical_thickness"] = elasticity.critical_thickness(stress, product.fracture_toughness, geometry)
    return numbers | (_cracks(mechanics) if mechanics.cracks else {})


def _cracks(mechanics: Mechanics) -> dict[str, float]:
    """Width of the damage, the strength of the product for it, and the swollen half cylinder that cracks."""
    electrolyte, product = mechanics.electrolyte, mechanics.product
    assert mechanics.damage_length is not None and electrolyte.fracture_toughness and product.fracture_toughness
    around = electrolyte.youngs_modulus, electrolyte.poisson_ratio
    pressure = elasticity.swollen_pressure((product.youngs_modulus, product.poisson_ratio), around, product.strain)
    return {
        "damage_length": mechanics.damage_length,
        "product_strength": product.fracture_toughness
        * math.sqrt(0.375 * (1 - product.poisson_ratio**2) / mechanics.damage_length),
        "critical_radius": elasticity.critical_radius(pressure, electrolyte.fracture_toughness),
    }


def consumed(deck: InterphaseDeck) -> dict[str, float]:
    """Consumption of a coating that reacts, and growth of the layer beside it: flat, with an intact coating.

    The time until it is used up is infinite if it is later than the planned end and more than `HORIZON` times the time
    without reaction of the electrolyte.
    """
    assert deck.coating is not None and deck.coating.consumption is not None
    temperature, coating, other = deck.conditions.temperature, deck.coating, deck.coating.consumption
    own = _reactant(deck, other.product, other.reaction, deck.beyond(other))
    fronts = TwoFronts(
        coating.mean_thickness,
        laws.ambipolar_conductivity(*coating.conductivities(temperature)),
        own,
        _reactant(deck, deck.product, deck.reaction, deck.window),
        deck.layer.height,
    )
    alone = consumption_time(coating.mean_thickness, own)
    course = fronts.course([deck.planned_time, max(HORIZON * alone, deck.planned_time)])
    film, thickness = float(course.consumed[0]), float(course.layer[0])
    (through, _), (reacted, _) = (phase.conductivities(temperature) for phase in (coating, other.product))
    return {
        "coating_window": own.onset,
        "coating_parabolic_constant": own.parabolic,
        "coating_reaction_velocity": own.velocity,
        "coating_used_up": course.used_up,
        "thickness_when_used_up": float(fronts.course([min(course.used_up, HORIZON * alone)]).layer[0]),
        "coating_product_equivalent": fronts.equivalent,
        "planned_consumed": film,
        "planned_thickness": thickness,
        "planned_exponent": math.nan,
        "planned_resistance": _resistance(deck, thickness, deck.product.conductivities(temperature)[0])
        + film * (1 / reacted - 1 / through),
    }


def _reactant(deck: InterphaseDeck, product: Any, reaction: Any, window: float) -> Reactant:
    onset, temperature, volume = max(window, 0.0), deck.conditions.temperature, product.volume_per_lithium
    conductivity = laws.ambipolar_conductivity(*product.conductivities(temperature))
    return Reactant(onset, _velocity(reaction, onset, volume, temperature), volume, conductivity)


def reaction_velocity(deck: InterphaseDeck) -> float:
    """k_r of the front at the deck's temperature [m/s]; for Butler-Volmer that of the linearised law."""
    volume = deck.product.volume_per_lithium
    return _velocity(deck.reaction, max(deck.window, 0.0), volume, deck.conditions.temperature)


def _velocity(reaction: Any, onset: float, volume: float, temperature: float) -> float:
    if reaction.law == "linear":
        at_reference = reaction.velocity or 0.0
    else:
        current = reaction.exchange_current_density or 0.0
        at_reference = laws.reaction_velocity(current, onset, volume, temperature)
    return laws.arrhenius(at_reference, reaction.activation_energy, temperature)


def _thickness(deck: InterphaseDeck, parabolic: float, reaction: float, coating: float) -> float:
    """Thickness of the flat layer under an intact coating at the planned time [m]."""
    initial, time, decay = deck.layer.height, deck.planned_time, deck.product.tunnelling_length
    if deck.window <= 0:
        return initial
    if decay is not None:
        pair = deck.product.conductivities(deck.conditions.temperature)
        ions, electrons = (deck.product.volume_per_lithium * σ * deck.window / FARADAY for σ in pair)
        return laws.tunnelled_thickness(time, (ions, electrons), 1 / reaction + coating / parabolic, decay, initial)
    return float(laws.grown_thickness(time, parabolic, reaction, coating, initial))


def _exponent(deck: InterphaseDeck, thickness: float, parabolic: float, reaction: float, coating: float) -> float:
    """d ln(L)/d ln(t) at the planned time [1]; NaN where the layer does not grow by conduction and reaction."""
    if deck.window <= 0 or deck.product.tunnelling_length is not None:
        return math.nan
    velocity = parabolic / (thickness + coating + parabolic / reaction)
    return velocity * deck.planned_time / thickness


def _resistance(deck: InterphaseDeck, thickness: float, ionic: float) -> float:
    """Area-specific resistance of layer and coating at the planned time [ohm m^2]."""
    layer = float(laws.layer_resistance(thickness, ionic))
    if deck.coating is None:
        return layer
    through, _ = deck.coating.conductivities(deck.conditions.temperature)
    return layer + deck.coating.mean_thickness / through


def unknowns(deck: InterphaseDeck) -> int:
    """Number of unknowns per cell."""
    return 3
