"""From a plating deck to its model, drive and measurements."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from phasefield.deck.base import given
from phasefield.mesh import shapes as geometry
from phasefield.mesh.caps import Cap
from phasefield.physics.common.case import Driven
from phasefield.physics.common.drive import Segment
from phasefield.physics.common.energy import δ
from phasefield.physics.common.kinetics import LAWS
from phasefield.physics.common.model import Field
from phasefield.physics.common.schedule import segments
from phasefield.physics.common.stop import short_circuit
from phasefield.physics.plating import ends
from phasefield.physics.plating.column import ColumnParameters
from phasefield.physics.plating.counter import CounterParameters
from phasefield.physics.plating.deck import PlatingDeck
from phasefield.physics.plating.ends import LEFT
from phasefield.physics.plating.expected import ExpectedNuclei
from phasefield.physics.plating.fields import collector_fields, fields, heights, static_fields
from phasefield.physics.plating.layer import GrowingLayer, grow
from phasefield.physics.plating.ledger import connected_lithium, thickest
from phasefield.physics.plating.model import Parameters, Plating
from phasefield.physics.plating.nucleation import Nuclei, Nucleus
from phasefield.physics.plating.planar import PlanarCell
from phasefield.physics.plating.planned import Planned
from phasefield.physics.plating.record import PlatingRecord
from phasefield.physics.plating.scales import PlatingScales
from phasefield.physics.plating.traction import Traction
from phasefield.theory.constants import BOLTZMANN, GAS_CONSTANT
from phasefield.units import pretty

log = logging.getLogger(__name__)

#: Part of its width by which the front moves in the first step, and in the first after a change of the drive.
FIRST_ADVANCE = 0.02
#: Part of the salt at a flat front that these steps take: one step of diffusion takes 11 % less than it should.
FIRST_SALT = 0.1
#: Largest part of its width by which the front moves in a step: the voltage is then within 0.5 % at every step.
LARGEST_ADVANCE = 0.05
#: Least current density, in i₀, by which steps are bounded: a rest still moves what is uneven.
SLOWEST = 1e-3

#: Part of RT/F by which the double layer of a bare collector is charged in the first step.
CHARGING = 0.1
#: Area of the lithium over that of the collector which counts as none.
NO_AREA = 1e-3
#: Largest part of the thickness of a film by which a step changes it, where it is thinner than half a width.
THINNING = 0.1
#: Thickness in widths above which a film that was thinner than its interface becomes a front again when it is plated.
REGROWS = 0.01
#: ξ at the collector of a film of this thickness: there is less where no cap is.
THIN_FILM = 1 - math.exp(-REGROWS / δ)


@dataclass(frozen=True)
class PlatingCase(Driven):
    """A plating deck, ready to run.

    Attributes
    ----------
    deck : Deck
    scales : PlatingScales
    model : Plating
    drive : tuple of Segment
    spacing : tuple of float or ndarray [δ_PF]
    planar : PlanarCell
        The cell with a flat front, for initial values.
    layer : GrowingLayer or None
        The uniform interphase that grows during the run.
    nuclei : Nuclei or None
        The nuclei on the collector.
    traction : Traction or None
        Stress of lithium and electrolyte, for decks with ``mechanics``.
    """

    deck: PlatingDeck
    scales: PlatingScales
    model: Plating
    drive: tuple[Segment, ...]
    spacing: tuple[Any, ...]
    planar: PlanarCell
    layer: GrowingLayer | None = None
    nuclei: Nuclei | None = None
    traction: Traction | None = None

    @property
    def first_step(self):
        """Step that moves the front by `FIRST_ADVANCE` in the present segment, and takes `FIRST_SALT` there at most."""
        in_force = self.model.segment
        planned = abs(self.planar.current(in_force)) if in_force else 0.0
        current = planned or self.fastest  # a rest relaxes as fast as the drive disturbed the cell
        first = FIRST_ADVANCE / current
        if self.model.binary:  # Sand: c falls by 2κi√(Dt/π), κ its slope over the current
            taken = FIRST_SALT / (self.model.salt_per_current * current)
            first = min(first, math.pi * taken**2 / (4 * self.model.p.diffusivity))
        return min(first, CHARGING * self._charging(planned, self.nuclei.nucleus)) if self.nuclei else first

    def _charging(self, current: float, nucleus: Nucleus) -> float:
        """Time in which a current changes the double layer of the bare collector by RT/F, at most its time constant."""
        return nucleus.capacitance / max(current, self.planar.conductivity / self.planar.gap)

    def longest_at(self, current):
        """Step that moves the front by `LARGEST_ADVANCE`, and in which what is explicit changes little.

        That is the flux that keeps the profile, but in the stages of a split step, and the traction. A column's
        pressure is found by iteration.
        """
        explicit = self.model.p.capillarity is not None and not self.splits
        profile = δ**2 / float(self.model.mobility.value) if explicit else math.inf
        by_traction = self.traction.longest_step if self.traction else math.inf
        return min(LARGEST_ADVANCE / max(current, SLOWEST), profile, by_traction, self._column_step)

    @property
    def _column_step(self) -> float:
        """Step in which the pressure of a column follows its growth at a given voltage."""
        column = self.model.column
        if column is None or all(segment.galvanostatic for segment in self.drive):
            return math.inf
        return column.longest_step(Planned(self.deck).resistance / self.scales.resistance)

    def expected(self, segment):
        """That of the planar cell."""
        return abs(self.planar.current(segment))

    @property
    def fastest(self) -> float:
        """Largest current density of the drive, but at least `SLOWEST`."""
        return max(SLOWEST, *map(self.expected, dict.fromkeys(self.drive)))

    def begin(self, index, engine):
        """Set the drive, and shift the potential by its change in the planar cell."""
        segment, model = self.drive[index], self.model
        if model.segment is not None:
            z = heights(self.deck.domain, self.scales)(engine.box.centres())
            at_present = self.planar.at(self.thickness(engine))
            earlier, later = at_present.potential(model.segment), at_present.potential(segment)
            change = later(z) - earlier(z)
            if self.nuclei:  # the double layer of the bare collector keeps its charge
                at_collector = np.array(0.5 * engine.box.end_width("bottom"))
                change = change - (later(at_collector) - earlier(at_collector))
            engine.state.put("phi", engine.ghosted("phi") + change)
        current, thickness = self.planar.current(segment), self.thickness(engine)
        if model.p.capillarity is not None:  # the mobility only keeps the profile
            enough = Planned(self.deck).mobility_at(current * self.scales.current) / self.scales.diffusivity
            model.mobility.setValue(min(enough, model.p.mobility))
        first = super().begin(index, engine)
        if current > 0 and thickness < REGROWS and thickest(engine) < THIN_FILM and not self.nuclei:
            log.warning(
                "lithium is plated on a film of %s, less than a hundredth of the interface width: its charge is right, "
                "but it may not grow as a front", pretty(thickness * self.scales.length, "m"),
            )  # fmt: skip
        return min(first, self._thinning(current, thickness))

    def largest_after(self, row):
        """In a film thinner than its interface, a step that takes or adds no more than a part of it.

        Where the collector is bare, the surfaces of the lithium that is there carry the whole current.
        """
        current, thickness = row["Current density"] / self.scales.current, row["Connected lithium"] / self.scales.length
        step = min(self.largest_step, self._thinning(current, thickness))
        if not self._partly_bare:
            return step
        resolved = min(1.0, row["Area ratio"])
        area = resolved + (self.nuclei.area if self.nuclei else 0.0)
        alone = LARGEST_ADVANCE * area / abs(current) if resolved > NO_AREA and current else math.inf
        return min(step, alone, self.nuclei.largest_step if self.nuclei else math.inf)

    @property
    def _partly_bare(self) -> bool:
        """Whether lithium may be in places only: a mean thickness then says little of how it grows."""
        return self.deck.bare or self.nuclei is not None

    def _thinning(self, current: float, thickness: float) -> float:
        """Step in which a current moves the front by `THINNING` of the thickness of a film, all dimensionless."""
        if not current or (current > 0 and self._partly_bare):
            return math.inf
        return max(THINNING * thickness, LEFT) / abs(current)

    def thickness(self, engine) -> float:
        """Mean thickness of the connected lithium over the electrode."""
        return connected_lithium(engine)

    def record(self, engine):
        """Lithium, charge and salt, and the shape of the deposit."""
        return PlatingRecord(engine, self.scales, self.layer, self.nuclei, self.deck.pressure)

    def events(self, engine):
        """The nuclei, if the deck has any."""
        if self.nuclei:
            self.nuclei.attach(engine)
        return self.nuclei

    def exhausted(self, engine):
        """See :func:`phasefield.physics.plating.ends.exhausted`."""
        return ends.exhausted(self.model, engine, nuclei=self.nuclei is not None)

    @property
    def limits(self):
        """The deck's charge and tip height, and the end of the counter electrode's lithium and of the salt."""
        return tuple(ends.limits(self.deck, self.model))

    @property
    def used_up(self):
        """A mean thickness of connected lithium of `LEFT` of the width."""
        return ends.lithium_used_up(self.deck.interface.width)

    def stop_reason(self, row):
        """A limit of the deck, or a short circuit."""
        return super().stop_reason(row) or short_circuit(self.deck.stop, row)

    def derived_fields(self, engine):
        """Components and size of the current density, and the pressure −tr σ/3."""
        fluxes = engine.cell_flux("phi")
        if (counter := self.model.counter) and engine.box.touches("top"):
            fluxes[-1][-1] += 0.5 * counter.current(counter.cells(engine))  # a source, not a flux of the grid
        squares = np.zeros(engine.box.owned_shape)
        for flux in fluxes:
            flux *= -self.scales.current
            squares += flux**2
        components = {f"i{x}": i for x, i in zip("xyz", fluxes, strict=False)}
        stressed = self.traction.fields(engine) if self.traction else {}
        return components | {"current": np.sqrt(squares, out=squares)} | stressed


def make(kind: type[PlatingCase], deck: PlatingDeck) -> PlatingCase:
    """A case of a kind, from a validated deck.

    Parameters
    ----------
    kind : type
        For a box or for a mesh.
    deck : PlatingDeck

    Returns
    -------
    PlatingCase
    """
    scales = PlatingScales.of(deck)
    drive = segments(deck, scales)
    layer = grow(deck.interphase) if deck.interphase else None
    traction = Traction(deck, scales) if deck.mechanics else None
    parameters = dimensionless(deck, scales, layer, traction)
    static = static_fields(deck, scales)
    planar = PlanarCell.of(deck, scales, parameters, static)
    potential = planar.potential(drive[0])
    spacing = tuple(np.array(h) / scales.length for h in deck.domain.edges)
    if deck.bare and deck.nucleation:  # the double layer of the bare collector is not charged yet
        potential = planar.uncharged(drive[0], 0.5 * deck.domain.spacing[-1] / scales.length)
    unknown = fields(deck, scales, potential)
    if (column := column_parameters(deck, scales, unknown[0])) is not None:
        parameters = replace(parameters, column=column)
        unknown[0] = replace(unknown[0], tolerance=min(unknown[0].tolerance, column.tolerance))
    model = Plating(parameters, unknown, [*static, *collector_fields(deck, scales)])
    grown = nuclei(deck, scales, parameters.nucleus)
    return kind(deck, scales, model, drive, spacing, planar, layer, grown, traction)


def nuclei(deck: PlatingDeck, scales: PlatingScales, nucleus: Nucleus | None) -> Nuclei | None:
    """The nuclei of a deck, in the units of ``scales``."""
    if nucleus is None:
        return None
    nucleation, temperature = given(deck.nucleation), deck.conditions.temperature
    sites = geometry.nucleation_sites(nucleation, deck.domain.size[:-1])
    frequency = scales.time * (nucleation.attempt_frequency or 0.0)
    work = ExpectedNuclei(deck).barrier(scales.potential) / (BOLTZMANN * temperature)

    def rate(overpotentials):
        return frequency * np.exp(-work / overpotentials**2)

    pressure = deck.pressure * scales.molar_volume / (GAS_CONSTANT * temperature)
    return Nuclei(
        nucleus, sites.positions / scales.length, sites.overpotentials / scales.potential, sites.patience,
        rate if nucleation.attempt_frequency else None, pressure,
    )  # fmt: skip


def dimensionless(
    deck: PlatingDeck, scales: PlatingScales, layer: GrowingLayer | None = None, traction: Traction | None = None
) -> Parameters:
    """The model's parameters in the units of ``scales``."""
    e, k = deck.electrolyte, deck.kinetics
    binary = e.transport == "binary"
    rt = GAS_CONSTANT * deck.conditions.temperature
    return Parameters(
        mobility=Planned(deck).mobility / scales.diffusivity,
        conductivity=deck.conductivity / scales.conductivity,
        kinetics=LAWS[k.law](k.anodic_transfer_coefficient, k.cathodic_transfer_coefficient),
        conductivity_exponent=e.conductivity_exponent if binary else 0.0,
        cell=deck.domain.lattice / scales.length,
        floor=deck.interface.conductivity_floor,
        anisotropy=deck.lithium.anisotropy,
        layer=(lambda t: layer.resistance_at(t * scales.time) / scales.resistance) if layer else None,
        pressure=deck.pressure * scales.molar_volume / rt,
        capillarity=deck.lithium.interface_energy * scales.molar_volume / (rt * scales.length)
        if deck.physical_capillarity
        else None,
        transference=given(e.transference_number) if binary else 1.0,
        diffusivity=given(deck.diffusivity) / scales.diffusivity if binary else 0.0,
        thermodynamic_factor=e.thermodynamic_factor,
        lithium_per_salt=1 / (scales.molar_volume * scales.concentration) if binary else 0.0,
        reservoir=binary and e.counter_electrode == "reservoir",
        counter=counter_parameters(deck, scales),
        nucleus=nucleus(deck, scales),
        traction=traction.excess if traction else None,
    )


def column_parameters(deck: PlatingDeck, scales: PlatingScales, xi: Field) -> ColumnParameters | None:
    """The column in the units of ``scales``, from the order parameter at the start; None if the deck has none."""
    if (column := deck.column) is None:
        return None
    sizes = np.broadcast_to(np.array(deck.domain.edges[-1]) / scales.length, deck.domain.shape)
    thickness = float(np.sum(xi.initial([np.cumsum(sizes) - 0.5 * sizes]) * sizes))
    unit = GAS_CONSTANT * deck.conditions.temperature / scales.molar_volume
    stiffness, pressure = column.stiffness * scales.length / unit, deck.lithium.pressure / unit
    return ColumnParameters(stiffness, column.youngs_modulus / unit, column.strength / unit, thickness, pressure)


def nucleus(deck: PlatingDeck, scales: PlatingScales) -> Nucleus | None:
    """What nuclei are like, in the units of ``scales``; None without nucleation."""
    nucleation = deck.nucleation
    if nucleation is None:
        return None
    return Nucleus(
        Cap(deck.contact_angle, deck.domain.dimension),
        ExpectedNuclei(deck).first_radius / scales.length,
        nucleation.capacitance * scales.potential / scales.charge,
    )


def counter_parameters(deck: PlatingDeck, scales: PlatingScales) -> CounterParameters | None:
    """The lithium at the top in the units of ``scales``; None if the deck has none."""
    k = deck.counter_kinetics
    if k is None:
        return None
    exchange = k.exchange_current_density_at(deck.conditions.temperature) / scales.current
    law = LAWS[k.law](k.anodic_transfer_coefficient, k.cathodic_transfer_coefficient)
    top = float(np.array(deck.domain.edges[-1]).flat[-1])
    return CounterParameters(exchange, law, top / scales.length)


def build(deck: PlatingDeck) -> PlatingCase:
    """The case of a validated deck, in a box or on a mesh."""
    if not deck.domain.mesh:
        return make(PlatingCase, deck)
    from phasefield.physics.plating.mesh_case import MeshPlatingCase  # here: a box does not need it

    return make(MeshPlatingCase, deck)
