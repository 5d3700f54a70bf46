"""Numbers that follow from a contact deck before anything is simulated."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from phasefield.physics.contact.check.breathing import breathing
from phasefield.theory import FARADAY, GAS_CONSTANT
from phasefield.theory import contact as laws

if TYPE_CHECKING:
    from phasefield.physics.contact.deck import ContactDeck, Patches


def derived(deck: ContactDeck) -> dict[str, Any]:
    """Numbers that follow from a deck.

    Parameters
    ----------
    deck : ContactDeck

    Returns
    -------
    dict
        SI floats by ASCII name, JSON-able; None for quantities that this deck does not have.
    """
    electrode, σ = deck.electrode, deck.electrolyte.ionic_conductivity
    fraction, radius = contact_of(deck.contact, deck)
    current = max((abs(step.current_density or 0.0) for step in deck.drive.each), default=0.0)
    thermal = GAS_CONSTANT * deck.conditions.temperature / FARADAY
    exchange = deck.kinetics.exchange_current_density_at(deck.conditions.temperature)
    transfer = laws.linear_charge_transfer_resistance(exchange, thermal)
    interface = transfer + deck.contact.layer_resistance
    crowding = math.nan
    if radius is not None and deck.domain.dimension == 3:
        crowding = laws.constriction_asr(σ, radius, fraction / (math.pi * radius**2))
    spread = laws.quasi_steady_spread(current, electrode.diffusivity, electrode.thickness)
    numbers = {
        "contact_fraction": fraction,
        "patch_radius": math.nan if radius is None else radius,
        "patch_cells": math.nan if radius is None else radius / max(deck.domain.spacing[:-1]),
        "electrolyte_resistance": (deck.domain.size[-1] - electrode.thickness) / σ,
        "constriction_resistance": crowding,
        "interface_resistance": interface / fraction,
        "capacity": FARADAY * electrode.maximum_concentration * electrode.thickness,
        "current_density": current,
        "diffusion_time": electrode.thickness**2 / electrode.diffusivity,
        "content_spread": spread / electrode.maximum_concentration,
        "planned_time": deck.planned_time,
        "cells": math.prod(deck.domain.shape),
    } | (breathing(deck, deck.mechanics) if deck.mechanics else {})
    return {key: value if math.isfinite(value) else None for key, value in numbers.items()}


def contact_of(plane: Patches, deck: ContactDeck) -> tuple[float, float | None]:
    """Contact fraction and patch radius [m] (of the first); 1 and None if the contact is complete."""
    if plane.random_patches is not None:
        return plane.random_patches.fraction, plane.random_patches.radius
    if not plane.patches:
        return 1.0, None
    size = deck.domain.size[:-1]
    inside = [_area_inside(p, size) for p in plane.patches]
    return min(sum(inside) / math.prod(size), 1.0), plane.patches[0].radius


def _area_inside(patch: Any, size: tuple[float, ...]) -> float:
    """Part of a patch that lies in the box [m^2, or m for a strip]: halves and quarters where walls mirror it."""
    area = math.pi * patch.radius**2 if len(size) == 2 else 2 * patch.radius
    cut = [0.5 if x in (0.0, length) else 1.0 for x, length in zip(patch.position, size, strict=True)]
    return area * math.prod(cut)


def unknowns(deck: ContactDeck) -> int:
    """Number of unknowns per cell."""
    return 2
