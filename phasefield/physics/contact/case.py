"""From a contact deck to its model, drive and measurements."""

from __future__ import annotations

import math
from dataclasses import dataclass

from phasefield.deck.base import given
from phasefield.physics.common.case import Driven, product_of
from phasefield.physics.common.drive import Segment
from phasefield.physics.common.kinetics import LAWS
from phasefield.physics.common.model import CoefficientField
from phasefield.physics.common.schedule import segments
from phasefield.physics.common.stop import EXACT_VOLTAGE, Limit
from phasefield.physics.contact import geometry as places
from phasefield.physics.contact.breathing import Breathing, BreathingContact, Swelling
from phasefield.physics.contact.deck import ContactDeck, OpenCircuit, Patches
from phasefield.physics.contact.insertion import LinearPotential, MeasuredPotential, RegularSolution
from phasefield.physics.contact.model import Contact, GrowingLayer, Parameters, fields_of, rim_spreading
from phasefield.physics.contact.record import ContactRecord
from phasefield.physics.contact.scales import ContactScales
from phasefield.theory.breathing import diffusion_stress

#: Parts of the electrode that the first step of a segment fills, and that any step fills at most.
FIRST_FILL, LARGEST_FILL = 1e-4, 0.02
#: How exactly a contact that ends the run is met.
EXACT_CONTACT = 1e-6
#: Distance of the lithium content from its last value at which the electrode counts as full, or empty; and how exactly
#: that is met.
FULL, EXACT_CONTENT = 1e-4, 1e-6


@dataclass(frozen=True)
class ContactCase(Driven):
    """A contact deck, ready to run.

    Attributes
    ----------
    deck : ContactDeck
    scales : ContactScales
    model : Contact
    drive : tuple of Segment
    spacing : tuple of float [electrode thickness]
    """

    deck: ContactDeck
    scales: ContactScales
    model: Contact
    drive: tuple[Segment, ...]
    spacing: tuple[float, ...]

    @property
    def first_step(self):
        """Step that fills `FIRST_FILL` of the electrode."""
        return FIRST_FILL / (self.fastest or 1.0)

    def longest_at(self, current):
        """Step that fills `LARGEST_FILL` of the electrode."""
        return LARGEST_FILL / current

    @property
    def petsc(self):
        """A contact that opens divides the box: the last of it is less than seven digits of the electrolyte resolve.

        So the matrix is assembled, in double precision, and preconditioned as FiPy's, unless the deck says how.
        """
        return ({"pc_type": "fieldsplit"} if self.deck.mechanics else {}) | self.deck.solver.petsc

    def record(self, engine):
        """Voltage, content and its spread, resistances, hot spots; contact and gap if the electrode breathes."""
        mechanics = self.deck.mechanics
        radius = mechanics.radius(self.deck.electrode.thickness) if mechanics else 0.0
        return ContactRecord(engine, self.scales, radius)

    @property
    def limits(self):
        """Voltage limits of the deck, its least contact if that can open, and the last contents of the electrode."""
        lowest, highest = self.deck.stop.lowest_voltage, self.deck.stop.highest_voltage
        found = []
        if lowest is not None:
            found.append(Limit("lowest voltage reached", lambda row: lowest - row["Cell voltage"], EXACT_VOLTAGE))
        if highest is not None:
            found.append(Limit("highest voltage reached", lambda row: row["Cell voltage"] - highest, EXACT_VOLTAGE))
        if self.deck.mechanics is not None:
            least = self.deck.stop.contact
            found.append(Limit("contact lost", lambda row: least - row["Contact"], EXACT_CONTACT))
        return (*found, *self._last_contents)

    @property
    def _last_contents(self):
        """The electrode is full, or empty, in a cell: beyond the open-circuit curve no equation has a meaning."""
        lowest, highest = self.deck.electrode.open_circuit.range

        def full(row):
            return row["Highest content"] - highest + FULL if row["Current density"] > 0 else -math.inf

        def empty(row):
            return lowest + FULL - row["Lowest content"] if row["Current density"] < 0 else -math.inf

        place = "at a place of the electrode, where its open-circuit curve ends"
        return (
            Limit(f"the lithium content has risen to {highest:g} {place}", full, EXACT_CONTENT),
            Limit(f"the lithium content has fallen to {lowest:g} {place}", empty, EXACT_CONTENT),
        )

    def derived_fields(self, engine):
        """Components and size of the current density."""
        fluxes = zip("xyz", engine.cell_flux("phi"), strict=False)
        components = {f"i{x}": -flux * self.scales.current for x, flux in fluxes}
        return components | {"current": sum(i**2 for i in components.values()) ** 0.5}


def build(deck: ContactDeck) -> ContactCase:
    """The case of a validated deck.

    Parameters
    ----------
    deck : ContactDeck

    Returns
    -------
    ContactCase
    """
    scales = ContactScales.of(deck)
    spacing = tuple(h / scales.length for h in deck.domain.spacing)
    parameters, content = dimensionless(deck, scales, spacing[-1]), deck.electrode.content
    mechanics, static = breathing(deck, scales), static_fields(deck, scales, spacing)
    shift = mechanics.start(content) if mechanics else 0.0
    fields = fields_of(parameters, content, scales.potential, scales.concentration, shift)
    if mechanics:
        model: Contact = BreathingContact(parameters, fields, static, mechanics, content)
    else:
        model = Contact(parameters, fields, static)
    return ContactCase(deck, scales, model, segments(deck, scales), spacing)


def breathing(deck: ContactDeck, scales: ContactScales) -> Breathing | None:
    """Mechanics of the contact in units of ``scales``; None if the electrode keeps its volume."""
    if (m := deck.mechanics) is None:
        return None
    stiffness = diffusion_stress(m.electrode.youngs_modulus, m.electrode.poisson_ratio)
    return Breathing(
        Swelling(m.contents, m.volume_changes, deck.electrode.content),
        m.interface(deck.electrode.thickness, scales.stress),
        stiffness / scales.stress,
    )


def dimensionless(deck: ContactDeck, scales: ContactScales, cell: float) -> Parameters:
    """The model's parameters in the units of ``scales``."""
    kinetics, contact = deck.kinetics, deck.contact
    return Parameters(
        conductivity=deck.electrolyte.ionic_conductivity / scales.conductivity,
        diffusivity=deck.electrode.diffusivity / scales.diffusivity,
        storage=open_circuit(deck.electrode.open_circuit, scales.potential),
        kinetics=LAWS[kinetics.law](kinetics.anodic_transfer_coefficient, kinetics.cathodic_transfer_coefficient),
        cell=cell,
        layer=GrowingLayer(
            contact.layer_resistance / scales.resistance,
            contact.layer_rise / scales.resistance * (scales.time / 3600.0) ** 0.5,
        ),
    )


def open_circuit(law: OpenCircuit, potential: float):
    """Open-circuit potential of the electrode, in units of ``potential``."""
    if law.law == "linear":
        return LinearPotential(given(law.standard) / potential, given(law.fall) / potential)
    if law.law == "regular-solution":
        return RegularSolution(given(law.standard) / potential, given(law.interaction))
    return MeasuredPotential(law.contents, [u / potential for u in law.potentials])


def patches_of(plane: Patches, deck: ContactDeck, unit: float) -> tuple[places.Patch, ...]:
    """The patches of a plane, in units of a length; none if the contact is complete."""
    size = [length / unit for length in deck.domain.size[:-1]]
    if plane.random_patches is not None:
        r = plane.random_patches
        number = max(1, places.patch_number(r.fraction, r.radius / unit, size))
        return places.scatter(number, r.radius / unit, size, r.seed)
    return tuple(places.Patch(tuple(x / unit for x in p.position), p.radius / unit) for p in plane.patches)


def static_fields(deck: ContactDeck, scales: ContactScales, spacing: tuple[float, ...]) -> list[CoefficientField]:
    """Electrode, contact, and a factor on the conductivity of ions where a skin or voids change it."""
    out = [CoefficientField("electrode", "Electrode", "1", places.electrode(1.0, spacing[-1]))]
    patches = patches_of(deck.contact, deck, scales.length)
    if patches:
        cell = min(spacing[:-1])
        out.append(CoefficientField("coverage", "Contact", "1", places.coverage(patches, cell)))
        inside = places.rim(patches, cell)
        out.append(CoefficientField("spreading", "Spreading at the rim", "1", lambda x: rim_spreading(inside(x))))
    else:
        out.append(CoefficientField("coverage", "Contact", "1", lambda x: 1.0 + 0 * x[-1]))
    factors = []
    if (skin := deck.electrode.skin) is not None:
        factors.append(places.skin(1.0, skin.thickness / scales.length, skin.diffusivity_factor))
    if deck.counter is not None and (beside := patches_of(deck.counter, deck, scales.length)):
        height = deck.domain.size[-1] / scales.length
        factors.append(places.voids(places.coverage(beside, min(spacing[:-1])), height, spacing[-1]))
    if factors:
        out.append(CoefficientField("conductivity", "Conductivity factor", "1", product_of(factors)))
    return out
