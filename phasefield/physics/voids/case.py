"""From a voids deck to its model, drive and measurements."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from phasefield.mesh.shapes import lateral_distance
from phasefield.physics.common.case import Driven
from phasefield.physics.common.drive import Segment
from phasefield.physics.common.kinetics import LAWS
from phasefield.physics.common.model import CoefficientField, Field
from phasefield.physics.common.schedule import segments
from phasefield.physics.common.stop import Limit
from phasefield.physics.voids.deck import VoidsDeck
from phasefield.physics.voids.model import Parameters, VoidInterface
from phasefield.physics.voids.record import VoidsRecord
from phasefield.physics.voids.scales import VoidsScales
from phasefield.theory import voids as laws

#: Parts of the charge that takes all contact away, for the first step of a segment and for any step.
FIRST_STEP, LONGEST_STEP = 1e-4, 0.02
#: How exactly a mean contact is met.
EXACT_CONTACT = 1e-6


@dataclass(frozen=True)
class VoidsCase(Driven):
    """A voids deck, ready to run.

    Attributes
    ----------
    deck : VoidsDeck
    scales : VoidsScales
    model : VoidInterface
    drive : tuple of Segment
    spacing : tuple of float [depth of the voids]
    """

    deck: VoidsDeck
    scales: VoidsScales
    model: VoidInterface
    drive: tuple[Segment, ...]
    spacing: tuple[float, ...]

    @property
    def first_step(self):
        """So short that little contact is lost in it."""
        return first_step(self.drive)

    def longest_at(self, current):
        """Likewise."""
        return LONGEST_STEP / current

    def record(self, engine):
        """Contact, voids, current in contact, charge."""
        return VoidsRecord(engine, self.scales)

    @property
    def limits(self):
        """The deck's contact."""
        least = self.deck.stop.contact
        return (Limit("contact lost", lambda row: least - row["Contact"], EXACT_CONTACT),)

    def derived_fields(self, engine):
        """Components and size of the current density, and its size per area of contact at the interface."""
        contact, here = engine.owned("contact"), engine.owned("interface") > 0
        dense = np.where(here, self.model.in_contact(engine.owned("phi"), contact), 0.0)
        *across, up = (-flux for flux in engine.cell_flux("phi"))
        up = up + 0.5 * contact * dense  # through the bottom, which the mean of a cell's faces takes for a wall
        components = {f"i{x}": i * self.scales.current for x, i in zip("xyz", (*across, up), strict=False)}
        found = {"current": sum(i**2 for i in components.values()) ** 0.5}
        return components | found | {"contact_current": np.abs(dense) * self.scales.current}


def build(deck: VoidsDeck) -> VoidsCase:
    """The case of a validated deck.

    Parameters
    ----------
    deck : VoidsDeck

    Returns
    -------
    VoidsCase
    """
    scales = VoidsScales.of(deck)
    spacing = tuple(h / scales.length for h in deck.domain.spacing)
    kinetics = deck.kinetics
    closing, exponent = deck.closing_rate * scales.time, deck.lithium.creep_exponent
    parameters = Parameters(
        conductivity=deck.electrolyte.ionic_conductivity / scales.conductivity,
        kinetics=LAWS[kinetics.law](kinetics.anodic_transfer_coefficient, kinetics.cathodic_transfer_coefficient),
        cell=spacing[-1],
        closing=closing,
        exponent=exponent,
        spacing=(deck.voids.spacing or 0.0) / scales.length,
    )
    h, drive = spacing[-1], segments(deck, scales)
    interface = CoefficientField("interface", "Interface", "1/m", lambda x: (x[-1] < h) / h, 1 / scales.length)
    start = contact_of(deck, scales.length, h, lambda θ: laws.pressed(θ, closing * first_step(drive), exponent))
    model = VoidInterface(parameters, fields(scales, start), [interface])
    return VoidsCase(deck, scales, model, drive, spacing)


def first_step(drive: tuple[Segment, ...]) -> float:
    """A ten-thousandth of the time in which the largest current of a drive takes all contact away [1]."""
    return FIRST_STEP / (max((abs(s.value) for s in drive if s.galvanostatic), default=0.0) or 1.0)


def fields(scales: VoidsScales, contact: Callable) -> list[Field]:
    """The unknowns with their initial state."""
    return [
        Field("phi", "Potential of ions", "V", lambda x: 0 * x[-1], scales.potential, tolerance=1e-6),
        Field(
            "contact", "Contact", "1", contact, lower=0.0, upper=1 + 1e-6, positive=True,
            tolerance=1e-7, controls_step=True,
        ),
    ]  # fmt: skip


def contact_of(deck: VoidsDeck, unit: float, cell: float, pressed: Callable[[float], float]) -> Callable:
    """θ at the start, of coordinates in a unit of length [m]; 1 above the cells at the interface.

    The stack pressure has acted for a first step, so voids that creep closes in less need no steps of their own.
    """

    def contact(x):
        found = pressed(deck.voids.contact) + 0 * x[-1]
        for place in deck.voids.places:
            away = lateral_distance(x[:-1], [c / unit for c in place.position])
            found = np.where(away < place.radius / unit, pressed(place.contact), found)
        return np.where(x[-1] < cell, found, 1.0)

    return contact
