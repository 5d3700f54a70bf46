"""From a deck of plating over an interphase to its model, drive and measurements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from phasefield.deck.base import given
from phasefield.mesh import shapes as geometry
from phasefield.physics.common.case import Driven, in_metres
from phasefield.physics.common.drive import Segment
from phasefield.physics.common.energy import equilibrium_profile, δ
from phasefield.physics.common.kinetics import LAWS, LinearKinetics
from phasefield.physics.common.model import CoefficientField, Field
from phasefield.physics.common.schedule import segments
from phasefield.physics.common.stop import EXACT, Limit, limits, short_circuit
from phasefield.physics.interphase.case import (
    BOUNDS_TOLERANCE,
    coating_fraction,
    conductivity_factors,
    conductor,
    sharp_coverage,
)
from phasefield.physics.interphase.model import Conductor, Parameters
from phasefield.physics.plating.scales import PlatingScales
from phasefield.physics.plating_interphase.deck import Nucleation, PlatingInterphaseDeck
from phasefield.physics.plating_interphase.deck_host import Host as HostLayer
from phasefield.physics.plating_interphase.host import Host, PlatingInHost
from phasefield.physics.plating_interphase.model import Metal, PlatingInterphase
from phasefield.physics.plating_interphase.record import PlatingInterphaseRecord
from phasefield.theory import GAS_CONSTANT, pressure_overpotential
from phasefield.theory.front import front_velocity, keeping_mobility, physical_mobility
from phasefield.theory.kinetics import RateLaw

#: Parts of its width by which the first step moves the faster front, and the longest step the lithium: the voltage is
#: then within 0.5 % at every step.
FIRST_ADVANCE, LARGEST_ADVANCE = 0.02, 0.05
#: Conductance of a box full of metal for electrons over the largest next to it: current, charge transfer at small
#: currents (over 5), a width of the product. The metal is an equipotential to 0.5 % of what charge transfer resists.
METAL, PASSED = 1e3, 0.2
#: Mobility that keeps the profile over that of plating: charge transfer here takes place on a part of the interface.
KEEPING = 4.0
#: Looks of a step at its shapes where these are curved: the Gibbs-Thomson shift of a predicted shape swings from step
#: to step, and with it the voltage.
CURVED = 2
#: Ionic conductivity inside the metal over the electrolyte's.
FLOOR = 1e-3


@dataclass(frozen=True)
class PlatingInterphaseCase(Driven):
    """A deck of plating over an interphase, ready to run.

    Attributes
    ----------
    deck : PlatingInterphaseDeck
    scales : PlatingScales
    model : PlatingInterphase
    drive : tuple of Segment
    spacing : tuple of float [δ_PF]
    leak : float [1]
        Current density that the interphase takes from the lithium at the start.
    """

    deck: PlatingInterphaseDeck
    scales: PlatingScales
    model: PlatingInterphase
    drive: tuple[Segment, ...]
    spacing: tuple[float, ...]
    leak: float

    @property
    def first_step(self):
        """Moves the faster front by `FIRST_ADVANCE`."""
        return FIRST_ADVANCE / max(fastest(self.drive), self.model.reaction * max(self.model.p.onset, 0.0))

    def longest_at(self, current):
        """Step that moves the lithium by `LARGEST_ADVANCE`, in which its profile, kept explicitly, changes little."""
        return min(LARGEST_ADVANCE / current, δ**2 / float(self.model.mobility.value))

    def expected(self, segment):
        """The given current density; in rests and at given voltages the largest one, as fronts move by themselves."""
        return abs(segment.value) if segment.galvanostatic and segment.value else fastest(self.drive)

    def begin(self, index, engine):
        """Set the drive, and the mobility that keeps the profile at its current."""
        largest = max(self.expected(self.drive[index]), self.leak)
        self.model.mobility.setValue(mobility(self.deck, largest * self.scales.current) / self.scales.diffusivity)
        return super().begin(index, engine)

    def record(self, engine):
        """Lithium plated and lost, both fronts, isolated deposits."""
        χ = engine.grid.integral(engine.owned("coating")) if self.deck.coating else 0.0
        return PlatingInterphaseRecord(engine, self.scales, χ)

    @property
    def limits(self):
        """Lithium that is left, which is the reference of V; the deck's charge and tip height."""
        least = self.scales.length
        used_up = "lithium used up: the interphase reaches the bottom of the box"
        return (Limit(used_up, lambda row: least - row["Least lithium"], EXACT * least), *limits(self.deck.stop))

    def stop_reason(self, row):
        """A limit of the deck, or a short circuit."""
        return super().stop_reason(row) or short_circuit(self.deck.stop, row)

    def derived_fields(self, engine):
        """Potential against lithium, and the ionic current density."""
        s = self.scales
        fluxes = zip("xyz", engine.cell_flux("phi_i"), strict=False)
        components = {f"i{x}": -flux * s.current for x, flux in fluxes}
        potential = (engine.owned("phi_e") - engine.owned("phi_i")) * s.potential
        return components | {"current": np.sqrt(sum(i**2 for i in components.values())), "potential": potential}


def fastest(drive: Sequence[Segment]) -> float:
    """Largest given current density of a drive; 0.1 if only voltages or rests are given."""
    return max([abs(s.value) for s in drive if s.galvanostatic and s.value] or [0.1])


def mobility(deck: PlatingInterphaseDeck, current: float) -> float:
    """Mobility Γ that keeps the lithium's profile [m²/s]: the deck's, or that for a front of a current density [A/m²].

    In more than one dimension at least that of the interface energy: below it, the Gibbs-Thomson term of the predicted
    shape would be unstable.
    """
    k, lithium = deck.kinetics, deck.lithium
    law = RateLaw(
        k.exchange_current_density, deck.conditions.temperature, k.anodic_transfer_coefficient,
        k.cathodic_transfer_coefficient, linear=k.law == "linear",
    )  # fmt: skip
    energy = lithium.interface_energy if deck.domain.dimension > 1 else 0.0
    resistance = min(law.resistance(current), law.resistance(-current))
    least = physical_mobility(energy, lithium.molar_volume, resistance)
    chosen = deck.interface.mobility
    if chosen is None:
        chosen = KEEPING * keeping_mobility(deck.interface.width, front_velocity(current, lithium.molar_volume))
    return max(chosen, least)


def build(deck: PlatingInterphaseDeck) -> PlatingInterphaseCase:
    """The case of a validated deck.

    Parameters
    ----------
    deck : PlatingInterphaseDeck

    Returns
    -------
    PlatingInterphaseCase
    """
    temperature, width = deck.conditions.temperature, deck.interface.width
    scales = PlatingScales.of_lithium(width, temperature, deck.kinetics, deck.lithium)
    drive = segments(deck, scales)
    electrolyte = conductor(deck.electrolyte, deck, scales)
    product = conductor(given(deck.product), deck, scales) if deck.reaction else electrolyte
    velocity = deck.reaction.velocity * scales.time / scales.length if deck.reaction else 0.0
    onset = deck.window / scales.potential if deck.reaction else 1.0
    parameters = Parameters(
        mobility=velocity or 1.0,
        onset=onset,
        product=product,
        electrolyte=electrolyte,
        kinetics=LinearKinetics(),
        coating=conductor(deck.coating, deck, scales) if deck.coating else None,
        cell=deck.domain.spacing[-1] / scales.length,
    )
    k, nucleation, rt = deck.kinetics, _nucleation(deck), GAS_CONSTANT * temperature
    height = deck.domain.size[-1] / scales.length
    reaction = velocity / abs(onset)
    share = scales.molar_volume / given(deck.product).volume_per_lithium if deck.reaction else 1.0
    layer = deck.layer.thickness / scales.length if deck.layer else 0.0
    leaking = leak(parameters, reaction, share, layer)
    largest = max(fastest(drive), leaking)
    metal = Metal(
        Conductor(FLOOR * electrolyte.ionic, METAL * height * max(product.electronic, largest, PASSED)),
        mobility=mobility(deck, largest * scales.current) / scales.diffusivity,
        kinetics=LAWS[k.law](k.anodic_transfer_coefficient, k.cathodic_transfer_coefficient),
        pressure=pressure_overpotential(deck.lithium.pressure, deck.lithium.molar_volume) / scales.potential,
        barrier=nucleation.barrier / scales.potential if nucleation else 0.0,
        capillarity=deck.lithium.interface_energy * scales.molar_volume / (rt * scales.length),
        anisotropy=deck.lithium.anisotropy,
    )
    declared: dict[str, Any] = {
        "parameters": parameters,
        "metal": metal,
        "reaction": reaction,
        "lithium_per_volume": share,
        "fields": fields(deck, scales),
        "static": static_fields(deck, scales),
    }
    model = PlatingInHost(host(deck.host, deck, scales), **declared) if deck.host else PlatingInterphase(**declared)
    if deck.domain.dimension > 1:
        model.looks = CURVED
    spacing = tuple(h / scales.length for h in deck.domain.spacing)
    return PlatingInterphaseCase(deck, scales, model, drive, spacing, leaking)


def leak(p: Parameters, reaction: float, share: float, layer: float) -> float:
    """Current density that a flat interphase of a thickness takes from the lithium, dimensionless."""
    across = layer * (1 / p.product.ionic + 1 / p.product.electronic)
    return share * reaction * max(p.onset, 0.0) / (1 + share * reaction * across)


def host(section: HostLayer, deck: PlatingInterphaseDeck, scales: PlatingScales) -> Host:
    """The ``[host]`` of a deck, dimensionless."""
    return Host(
        conductor(section, deck, scales),
        capacity=section.maximum_concentration * scales.molar_volume,
        rate=section.rate * scales.time,
        potential=section.empty_potential / scales.potential,
    )


def _nucleation(deck: PlatingInterphaseDeck) -> Nucleation | None:
    return deck.heterogeneity.grain_boundaries.nucleation if deck.heterogeneity else None


def static_fields(deck: PlatingInterphaseDeck, scales: PlatingScales) -> list[CoefficientField]:
    """Coating on the lithium, factors on both conductivities, nucleation in grain boundaries; those in the deck."""
    out: list[CoefficientField] = []
    if deck.coating is not None:
        coating = in_metres(coating_fraction(deck.coating, deck.domain, deck.front.height), scales)
        out.append(CoefficientField("coating", "Coating", "1", coating))
    if deck.host is not None:
        out.append(CoefficientField("host", "Host", "1", in_metres(host_fraction(deck.host, deck), scales)))
    out += conductivity_factors(deck, scales)
    if (nucleation := _nucleation(deck)) is not None and nucleation.rate > 0:
        pattern = given(deck.heterogeneity).grain_boundaries
        weight = in_metres(geometry.grain_boundaries(pattern, deck.domain.size), scales)
        rate = nucleation.rate * scales.time
        out.append(CoefficientField("nucleation", "Nucleation", "1/s", lambda x: rate * weight(x), 1 / scales.time))
    return out


def host_fraction(host: HostLayer, deck: PlatingInterphaseDeck) -> Callable:
    """Fraction of each cell that the host fills, a function of coordinates [m]; all below it is lithium."""
    top, cell = deck.front.height + host.thickness, deck.domain.spacing[-1]
    return lambda x: np.round(np.clip((top - np.asarray(x[-1])) / cell + 0.5, 0.0, 1.0), 9)


def fields(deck: PlatingInterphaseDeck, scales: PlatingScales) -> list[Field]:
    """The unknowns with their initial state: lithium, and on it coating and interphase."""
    surface = in_metres(geometry.front_distance(deck.front, deck.domain.size), scales)
    coating = deck.coating

    def covered(x):
        return in_metres(sharp_coverage(coating, deck.domain), scales)(x) if coating else 0.0

    def xi(x):
        """Diffuse where the lithium can move, sharp under a coating."""
        distance, held = surface(x), covered(x)
        return held * (distance < 0) + (1 - held) * equilibrium_profile(distance / scales.length, 1.0)

    def psi(x):
        if deck.layer is None:
            return 0 * x[-1]
        film = in_metres(geometry.film_thickness(coating, deck.domain.size), scales)(x) if coating else 0.0
        held = covered(x)
        above = surface(x) - held * film
        profile = equilibrium_profile((above - deck.layer.thickness) / scales.length, 1.0)
        return np.where((above < 0) & (held > 0), held + (1 - held) * profile, profile)

    def order_parameter(name, label, values):
        return Field(
            name, label, "1", values, lower=-BOUNDS_TOLERANCE, upper=1 + BOUNDS_TOLERANCE, tolerance=1e-4,
            controls_step=True,
        )  # fmt: skip

    def potential(name, label):
        return Field(name, label, "V", lambda x: 0 * x[-1], scale=scales.potential, tolerance=1e-3)

    def theta(x):
        """Host under the metal is full from the start: it must not take up lithium through the front's diffuse tail."""
        return 1 - (1 - given(deck.host).content) * (1 - xi(x))

    stored = [order_parameter("theta", "Content of the host", theta)] if deck.host else []
    return [
        order_parameter("xi", "Lithium", xi),
        order_parameter("psi", "Interphase", psi),
        *stored,
        potential("phi_i", "Ionic potential"),
        potential("phi_e", "Electronic potential"),
    ]
