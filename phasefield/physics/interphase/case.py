"""From an interphase deck to its model and measurements."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from phasefield.deck.base import given
from phasefield.deck.cell import Domain
from phasefield.deck.common import Deck
from phasefield.deck.phases import CoatingLayer, ConductingPhase
from phasefield.mesh import shapes as geometry
from phasefield.physics.common.case import Undriven, in_metres, product_of
from phasefield.physics.common.energy import equilibrium_profile
from phasefield.physics.common.kinetics import LAWS
from phasefield.physics.common.model import CoefficientField, Field
from phasefield.physics.common.scales import ElectricScales
from phasefield.physics.common.stop import Limit
from phasefield.physics.interphase.consumed_coating import ConsumedCoating, Reactant
from phasefield.physics.interphase.cracked import CrackedInterphase, Cracks, NewStart, damage
from phasefield.physics.interphase.cracked_stress import CrackedStress
from phasefield.physics.interphase.deck import InterphaseDeck, Layered
from phasefield.physics.interphase.model import Conductor, Interphase, Parameters
from phasefield.physics.interphase.reaction_degree import ReactionDegree
from phasefield.physics.interphase.record import ConsumptionRecord, CrackedRecord, InterphaseRecord
from phasefield.physics.interphase.scales import InterphaseScales
from phasefield.physics.interphase.stress import LayerStress
from phasefield.theory import FARADAY
from phasefield.theory.interphase import arrhenius

#: Model class by ``interface.closure``.
CLOSURES = {"phase-field": Interphase, "degree-of-reaction": ReactionDegree}
#: Largest distance of ψ from [0, 1].
BOUNDS_TOLERANCE = 0.05
#: Below this part of its value at the electrode, tunnelling is neglected.
LEAST_TUNNELLING = 1e-25
#: Growth of cracks in a step, in l, that the next step aims at.
GROWTH = 0.3


@dataclass(frozen=True)
class InterphaseCase(Undriven):
    """An interphase deck, ready to run.

    Attributes
    ----------
    deck : InterphaseDeck
    scales : InterphaseScales
    model : Interphase
    spacing : tuple of float [δ_PF]
    stress : LayerStress or None
        The stress, for decks with ``mechanics``.
    """

    deck: InterphaseDeck
    scales: InterphaseScales
    model: Interphase
    spacing: tuple[float, ...]
    stress: LayerStress | None = None

    def record(self, engine):
        """Layer, currents and balance errors."""
        if self.deck.consumes:
            return ConsumptionRecord(engine, self.scales, self.deck)
        if isinstance(self.stress, CrackedStress):
            return CrackedRecord(engine, self.scales, self.deck, self.stress)
        return InterphaseRecord(engine, self.scales, self.deck, self.stress)

    def events(self, engine):
        """A new start in time after a crack has grown."""
        return NewStart(engine) if self.deck.cracks else None

    def largest_after(self, row):
        """After a step in which cracks grew, one in which the same velocity lets them grow by a part of l."""
        velocity = row.get("Crack velocity", 0.0)
        if not velocity > 0:
            return self.largest_step
        length = given(given(self.deck.mechanics).damage_length)
        return min(self.largest_step, GROWTH * length / velocity / self.scales.time)

    @property
    def bounds(self):
        """The deck's thickness, and a layer that fills its box."""
        limit, room = self.deck.stop.thickness, self.deck.domain.size[-1] - self.deck.interface.width
        found = [Limit("the layer has reached the top of the box", lambda row: row["Largest height"] - room, 0.0)]
        if limit is not None:
            found.insert(0, Limit("planned thickness reached", lambda row: row["Thickness"] - limit, 0.0))
        return tuple(found)

    def derived_fields(self, engine):
        """Potential against lithium, φ_e − φ_i; the fraction of a cell that is consumed coating; the stress."""
        difference = (engine.owned("phi_e") - engine.owned("phi_i")) * self.scales.potential
        consumed = {"consumed": engine.owned("coating") * engine.owned("psi")} if self.deck.consumes else {}
        stressed = self.stress.fields(engine) if self.stress else {}
        return {"potential": self.deck.electrode.potential - self.deck.sign * difference} | consumed | stressed


def build(deck: InterphaseDeck) -> InterphaseCase:
    """The case of a validated deck.

    Parameters
    ----------
    deck : InterphaseDeck

    Returns
    -------
    InterphaseCase
    """
    scales = InterphaseScales.of(deck)
    declared = dimensionless(deck, scales), fields(deck, scales), static_fields(deck, scales)
    spacing = tuple(h / scales.length for h in deck.domain.spacing)
    if deck.cracks:
        cracked = CrackedStress(deck, scales)
        return InterphaseCase(deck, scales, CrackedInterphase(cracks(cracked), *declared), spacing, cracked)
    model = (
        ConsumedCoating(reactant(deck, scales), *declared)
        if deck.consumes
        else CLOSURES[deck.interface.closure](*declared)
    )
    return InterphaseCase(deck, scales, model, spacing, LayerStress(deck, scales) if deck.mechanics else None)


def cracks(stress: CrackedStress) -> Cracks:
    """What cracks do, in the units of the model."""
    found, unit = given(stress.mechanics.cracks), stress.scales.conductivity
    content = Conductor(found.ionic_conductivity / unit, found.electronic_conductivity / unit)
    beside = max(stress.deck.domain.spacing) / given(stress.mechanics.damage_length)
    return Cracks(content, (1 - 0.5 * beside) ** 2, stress.grow)


def dimensionless(deck: InterphaseDeck, scales: InterphaseScales) -> Parameters:
    """The model's parameters in the units of ``scales``.

    An electrode that oxidises is treated as the mirror image of one that reduces: lithium leaves instead of entering,
    and all potentials change sign about that of the electrode.
    """
    mobility, energy = deck.interface.mobility, deck.interface.energy
    capillary = energy * scales.molar_volume / (FARADAY * scales.potential * scales.length)
    curved = deck.interface.diffuse and deck.domain.dimension > 1
    return Parameters(
        mobility=1.0 if mobility is None else mobility / scales.diffusivity,
        onset=deck.window / scales.potential,
        product=conductor(deck.product, deck, scales),
        electrolyte=conductor(deck.electrolyte, deck, scales),
        coating=conductor(deck.coating, deck, scales) if deck.coating else None,
        # u = 1 - V/U: the linear law with unit slope
        kinetics=LAWS[deck.reaction.law](),
        cell=deck.domain.spacing[-1] / scales.length,
        capillarity=capillary if curved else None,
        follows=curved and mobility is None,
    )


def reactant(deck: InterphaseDeck, scales: InterphaseScales) -> Reactant:
    """Parameters of a coating that reacts, in the units of ``scales``."""
    consumption, temperature = deck.consumption, deck.conditions.temperature
    reaction, volume = consumption.reaction, consumption.product.volume_per_lithium
    onset = deck.beyond(consumption) / scales.potential
    # per volt of a linear law over that of the electrolyte's; per current of another
    rate = (
        given(reaction.velocity) / scales.velocity / onset
        if reaction.law == "linear"
        else given(reaction.exchange_current_density) * volume / (scales.current * scales.molar_volume)
    )
    return Reactant(
        onset=onset,
        rate=arrhenius(rate, reaction.activation_energy, temperature),
        kinetics=LAWS[reaction.law](),
        product=conductor(consumption.product, deck, scales),
        charge=scales.molar_volume / volume,
    )


def conductor(phase: ConductingPhase, deck: Deck, scales: ElectricScales) -> Conductor:
    """Conductivities of a phase at the deck's temperature, dimensionless."""
    return Conductor(*(σ / scales.conductivity for σ in phase.conductivities(deck.conditions.temperature)))


def sharp_coverage(coating: CoatingLayer, domain: Domain) -> Callable:
    """1 under a coating, 0 in its holes, with rims sharp within a cell, as a function of coordinates [m].

    Even a trace of an insulator, in series, would close a hole. Rims in the middle of cells are moved, all in one
    direction: else both of a hole's would be coated, and the hole a cell too narrow.
    """
    edge = 1e-3 * min(domain.spacing)
    coverage = geometry.film_coverage(coating, domain.size, edge)
    return lambda x: coverage([*(np.asarray(along) + 10 * edge for along in x[:-1]), x[-1]])


def coating_fraction(coating: CoatingLayer, domain: Domain, bottom: float = 0.0) -> Callable:
    """Fraction of each cell filled by a coating that lies on the height ``bottom``, a function of coordinates [m]."""
    h = domain.spacing
    coverage, thickness = sharp_coverage(coating, domain), geometry.film_thickness(coating, domain.size)

    def below(height, z):
        return np.clip((height - z) / h[-1] + 0.5, 0.0, 1.0)

    def fraction(x):
        z = np.asarray(x[-1])
        height = below(bottom + thickness(x), z) - below(bottom, z) * (bottom > 0)
        return np.round(height * coverage(x), 9)  # a trace by round-off would count as coating

    return fraction


def static_fields(deck: InterphaseDeck, scales: InterphaseScales) -> list[CoefficientField]:
    """Coating, and factors on both conductivities (grain boundaries, tunnelling), as far as the deck has them."""
    out: list[CoefficientField] = []
    if deck.coating is not None:
        fraction = (whole_cells if deck.consumes else coating_fraction)(deck.coating, deck.domain)
        out.append(CoefficientField("coating", "Coating", "1", in_metres(fraction, scales)))
    return out + conductivity_factors(deck, scales)


def whole_cells(coating: CoatingLayer, domain: Domain) -> Callable:
    """1 in cells that a coating fills by more than half, else 0: a cell's ψ describes one phase only."""
    fraction = coating_fraction(coating, domain)
    return lambda x: 1.0 * (fraction(x) > 0.5)


def conductivity_factors(deck: Layered, scales: ElectricScales) -> list[CoefficientField]:
    """Factors on both conductivities, of grain boundaries and of tunnelling, as far as the deck has them."""
    factors: dict[str, list[Callable]] = {"ionic": [], "electronic": []}
    if deck.heterogeneity is not None:
        pattern = deck.heterogeneity.grain_boundaries
        weight = in_metres(geometry.grain_boundaries(pattern, deck.domain.size), scales)
        for carrier, listed in factors.items():
            if (factor := getattr(pattern, f"{carrier}_factor")) != 1.0:
                listed.append(_power(factor, weight))
    if deck.product and (decay := deck.product.tunnelling_length) is not None:
        film = in_metres(geometry.film_thickness(deck.coating, deck.domain.size), scales) if deck.coating else None

        def tunnelling(x):
            distance = x[-1] * scales.length - (film(x) if film else 0.0)
            return np.maximum(np.exp(-np.maximum(distance, 0) / decay), LEAST_TUNNELLING)

        factors["electronic"].append(tunnelling)
    return [
        CoefficientField(carrier, f"Factor on the {carrier} conductivity", "1", product_of(listed))
        for carrier, listed in factors.items()
        if listed
    ]


def _power(factor: float, weight):
    return lambda x: factor ** weight(x)


def fields(deck: InterphaseDeck, scales: InterphaseScales) -> list[Field]:
    """The unknowns with their initial state: the layer, and both potentials equal to the electrode's."""
    layer = in_metres(geometry.front_distance(deck.layer, deck.domain.size), scales)
    film = in_metres(coating_height(deck.coating, deck.domain, deck.consumes), scales) if deck.coating else None
    consumed = in_metres(whole_cells(deck.coating, deck.domain), scales) if deck.coating and deck.consumes else None

    def psi(x):
        distance = layer(x) - (film(x) if film else 0.0)
        if deck.interface.diffuse:
            return equilibrium_profile(distance / scales.length, 1.0)
        return np.clip(0.5 - distance / deck.domain.spacing[-1], 0.0, 1.0) * (1 - consumed(x) if consumed else 1.0)

    return [
        Field(
            "psi", "Interphase", "1", psi, lower=-BOUNDS_TOLERANCE, upper=1 + BOUNDS_TOLERANCE, tolerance=1e-4,
            controls_step=True,
        ),
        *(
            Field(name, label, "V", lambda x: np.zeros_like(x[-1]), scale=-deck.sign * scales.potential, tolerance=1e-4)
            for name, label in (("phi_i", "Ionic potential"), ("phi_e", "Electronic potential"))
        ),
        *([damage()] if deck.cracks else []),
    ]  # fmt: skip


def coating_height(coating: CoatingLayer, domain: Domain, consumed: bool) -> Callable:
    """Height of the coating, a function of coordinates [m]; in its holes the layer lies on the electrode.

    A coating that is consumed consists of whole cells.
    """
    size, h = domain.size, domain.spacing
    thickness = geometry.film_thickness(coating, size)
    if consumed:
        sharp = sharp_coverage(coating, domain)
        return lambda x: np.ceil(thickness(x) / h[-1] - 0.5) * h[-1] * np.round(sharp(x))
    covered = geometry.film_coverage(coating, size, min(h))
    return lambda x: thickness(x) * covered(x)
