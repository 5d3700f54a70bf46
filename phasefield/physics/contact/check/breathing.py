"""Numbers of a contact that breathes, before anything is simulated."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from phasefield.deck.base import given
from phasefield.theory import FARADAY, GAS_CONSTANT
from phasefield.theory import breathing as laws

if TYPE_CHECKING:
    from phasefield.physics.contact.deck import ContactDeck, OpenCircuit
    from phasefield.physics.contact.deck_mechanics import Breathing

#: Contents at which laws are looked up.
CONTENTS = np.linspace(1e-3, 1 - 1e-3, 999)


def breathing(deck: ContactDeck, mechanics: Breathing) -> dict[str, Any]:
    """Numbers that follow from the section of the mechanics, as in :func:`.derived.derived`."""
    from scipy.interpolate import PchipInterpolator  # here, because it takes a while

    electrode, (compliance, lifting) = deck.electrode, mechanics.compliances
    interface, radius = mechanics.interface(electrode.thickness), mechanics.radius(electrode.thickness)
    highest = [limit for step in deck.drive.each if (limit := step.conditions.get("voltage")) is not None]
    highest += [step.voltage for step in deck.drive.each if step.voltage is not None]
    if deck.stop.highest_voltage is not None:
        highest.append(deck.stop.highest_voltage)
    thermal = GAS_CONSTANT * deck.conditions.temperature / FARADAY
    least = emptiest(electrode.open_circuit, thermal, max(highest, default=math.inf))
    reached = CONTENTS[(CONTENTS >= min(least, electrode.content)) & (electrode.content >= CONTENTS)]
    volume = PchipInterpolator(mechanics.contents, mechanics.volume_changes)
    strains = ((1 + volume(reached)) / (1 + volume(electrode.content))) ** (1 / 3) - 1
    smallest = float(strains.min(initial=0.0))
    open_ = reached[strains < interface.opening_strain]
    return {
        "emptiest_content": float(reached[strains.argmin()]),
        "volume_shrinkage": 1 - (1 + smallest) ** 3,
        "opening_strain": interface.opening_strain,
        "opening_content": float(open_.max(initial=-math.inf)),
        "holding_pressure": laws.holding_pressure(-smallest, compliance, lifting, mechanics.strength),
        "reach": interface.reach * radius,
        "largest_strength": laws.largest_strength(compliance, radius, mechanics.adhesion),
        "particle_radius": radius,
    }


def emptiest(law: OpenCircuit, thermal: float, highest: float) -> float:
    """Least lithium content with an open-circuit potential below a voltage [V]; RT/F is `thermal` [V]."""
    if law.law == "measured":
        x, potentials = np.array(law.contents), np.array(law.potentials)
        return float(np.interp(-highest, -potentials, x)) if highest < math.inf else float(x[0])
    x = CONTENTS
    if law.law == "linear":
        potentials = given(law.standard) - given(law.fall) * (x - 0.5)
    else:
        potentials = given(law.standard) - thermal * (np.log(x / (1 - x)) + given(law.interaction) * (1 - 2 * x))
    below = x[potentials <= highest]
    return float(below[0]) if below.size else 1.0
