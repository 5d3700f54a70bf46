"""Measured values of an interphase: thickness, lithium uptake, resistance, and balance errors."""

from __future__ import annotations

import numpy as np
from mpi4py import MPI

from phasefield.physics.common import diagnostics
from phasefield.physics.common.balance import Balance
from phasefield.physics.common.case import Record
from phasefield.physics.interphase.columns import COLUMNS, DERIVED
from phasefield.physics.interphase.cracked_stress import CrackedStress
from phasefield.physics.interphase.deck import InterphaseDeck
from phasefield.physics.interphase.scales import InterphaseScales
from phasefield.physics.interphase.stress import LayerStress
from phasefield.theory import FARADAY
from phasefield.units import pretty

#: Part of the front's width by which a layer may shrink at the start.
LARGEST_LOSS = 0.25


class InterphaseRecord(Record):
    """Thickness, currents through the electrode, balance errors, resistance, potential at the front.

    Attributes
    ----------
    initial : float [δ_PF]
        Reacted thickness at the start.
    ions, electrons : float
        Charge of each carrier that entered through the electrode, dimensionless.
    currents : tuple of float
        Current densities of the last step.
    """

    columns, derived = COLUMNS, DERIVED
    kept: tuple[str, ...] = ("initial", "ions", "electrons", "currents")

    def __init__(self, engine, scales: InterphaseScales, deck: InterphaseDeck, stress: LayerStress | None = None):
        self.engine, self.scales, self.deck, self.stress = engine, scales, deck, stress
        self.coating = engine.grid.integral(engine.owned("coating")) if deck.coating else 0.0
        self.initial = self._reacted()
        self.ions = self.electrons = 0.0
        self.currents = (0.0, 0.0)

    def update(self, dt):
        """Add a step to the sums; the flux into the equations at the bottom is the current through the electrode."""
        engine = self.engine
        self.currents = engine.boundary_flux("phi_i", "bottom"), -engine.boundary_flux("phi_e", "bottom")
        self.ions += engine.added("phi_i", self.currents[0])
        self.electrons += engine.added("phi_e", self.currents[1])

    def balances(self):
        """Balances of lithium with charge, and of electrons with ions."""
        reacted, moved = self._reacted(), self.engine.state.moved("psi")
        return {
            "Charge closure": Balance(reacted - self.initial - self.ions, self.ions, moved, reacted),
            "Carrier closure": Balance(self.electrons - self.ions, self.ions, moved, reacted),
        }

    def row(self, time):
        """Columns of the present state."""
        s = self.scales
        grown = self._reacted() - self.initial
        heights = diagnostics.height_map(self._filled(), self.engine.grid) * s.length
        taken, thickness = abs(self.ions) or 1.0, self._thickness() * s.length
        return {
            "Thickness": thickness,
            "Largest height": float(heights.max()),
            "Smallest height": float(heights.min()),
            "Roughness": float(np.std(heights)),
            "Growth rate": self._growth() * s.velocity,
            "Leakage current density": self.currents[1] * s.current,
            "Lithium consumed": grown * s.length / s.molar_volume,
            "Charge consumed": grown * s.length / s.molar_volume * FARADAY,
            "Charge passed": self.ions * s.charge,
            "Charge closure": (grown - self.ions) / taken if self.ions else 0.0,
            "Carrier closure": (self.electrons - self.ions) / taken if self.ions else 0.0,
            "Resistance": self._resistance() * s.potential / s.current,
            "Potential at the front": self._front_potential(),
        } | (self.stress.row(self.engine, thickness) if self.stress else {})

    def impossible(self, row):
        """A growing layer does not shrink, except by a part of its front's width while the profile relaxes."""
        width, start = self.deck.interface.width, self.initial - self.coating
        lost = start * self.scales.length - row["Thickness"]
        if self.deck.window <= 0 or not self.deck.interface.diffuse or lost < LARGEST_LOSS * width:
            return ""
        return (
            f"the layer has lost {pretty(lost, 'm')}, but its reaction only goes forward: at this velocity of the "
            f"reaction, an interface.width of {pretty(width, 'm')} is too large for the layer at the start"
        )

    def _reacted(self) -> float:
        """Reacted thickness, as product of the electrolyte; a coating counts as product [δ_PF]."""
        return self.engine.grid.integral(self.engine.owned("psi"))

    def _thickness(self) -> float:
        """Thickness of the interphase, averaged over the area [δ_PF]."""
        return self._reacted() - self.coating

    def _filled(self) -> np.ndarray:
        """Fraction of each cell held that is not electrolyte."""
        return self.engine.ghosted("psi")

    def _growth(self) -> float:
        """Velocity of the interphase's front in the last step [1]."""
        return self.currents[0]

    def _at_front(self) -> np.ndarray:
        """Weight of each cell in averages over the interphase's front."""
        ψ = self.engine.owned("psi")
        return ψ**2 * (1 - ψ) ** 2

    def _resistivity(self) -> np.ndarray:
        """Resistivity of each cell to ions, without the part that is electrolyte [1]."""
        engine, p = self.engine, self.engine.model.p
        product = np.asarray(engine.owned("psi")) / p.product.ionic
        if "ionic" in engine.state.fixed:
            product = product / engine.owned("ionic")
        if p.coating is None:
            return product
        χ = engine.owned("coating")
        return χ / p.coating.ionic + (1 - χ) * product

    def _resistance(self) -> float:
        """Area-specific resistance of layer and coating to ions that cross them vertically: columns in parallel."""
        engine = self.engine
        columns = engine.grid.over_columns(np.sum(self._resistivity(), axis=0) * engine.box.spacing[-1])
        return float(1 / np.mean(1 / np.maximum(columns, 1e-300)))

    def _front_potential(self) -> float:
        """Potential against lithium, averaged over the front [V]."""
        difference = self.engine.owned("phi_e") - self.engine.owned("phi_i")
        weight = self._at_front()
        sums = np.array([np.sum(difference * weight), np.sum(weight)])
        self.engine.comm.Allreduce(MPI.IN_PLACE, sums, MPI.SUM)
        with np.errstate(invalid="ignore"):  # no front: the value is undefined, and the step is rejected
            mean = float(sums[0] / sums[1])
        return self.deck.electrode.potential - self.deck.sign * self.scales.potential * mean

    @staticmethod
    def summary(row):
        """Thickness and resistance."""
        return f"{row['Thickness'] * 1e9:.3g} nm, {row['Resistance'] * 1e4:.3g} ohm cm2"


class CrackedRecord(InterphaseRecord):
    """As :class:`InterphaseRecord`, with cracks.

    Attributes
    ----------
    length : float [m]
        Length of cracks at the end of the last step, and
    crack_velocity : float [m/s]
        in it their growth.
    """

    kept = (*InterphaseRecord.kept, "length", "crack_velocity")

    stress: CrackedStress

    def __init__(self, engine, scales: InterphaseScales, deck: InterphaseDeck, stress: CrackedStress):
        super().__init__(engine, scales, deck, stress)
        self.length = self.crack_velocity = 0.0

    def update(self, dt):
        """Add a step to the sums."""
        super().update(dt)
        length = self.stress.crack_length(self.engine)
        self.crack_velocity, self.length = (length - self.length) / (dt * self.scales.time), length

    def row(self, time):
        """Columns of the present state."""
        return super().row(time) | {"Crack velocity": self.crack_velocity}

    def _resistivity(self):
        return super()._resistivity() / self.engine.box.own(self.engine.state.auxiliary["cracked_ionic"])


class ConsumptionRecord(InterphaseRecord):
    """As :class:`InterphaseRecord`, with the consumption of the coating, whose ψ is 0 at the start.

    Attributes
    ----------
    consumed : float [δ_PF]
        Coating that has reacted, averaged over the area.
    current : float [1]
        Current density of the coating's reaction at the end of the last step.
    """

    kept = (*InterphaseRecord.kept, "consumed", "current")

    def __init__(self, engine, scales: InterphaseScales, deck: InterphaseDeck):
        super().__init__(engine, scales, deck)
        self.consumed, self.current = self._consumed(), 0.0

    def update(self, dt):
        """Add a step to the sums."""
        super().update(dt)
        self.consumed = self._consumed()
        rate = self.engine.state.rate(lambda fields: fields["coating"] * fields["psi"])
        self.current = self.engine.model.reactant.charge * rate

    def row(self, time):
        """Columns of the present state."""
        s, volume = self.scales, self.deck.consumption.product.volume_per_lithium
        return super().row(time) | {
            "Coating consumed [1]": self.consumed / self.coating if self.coating else 0.0,  # holes may leave nothing
            "Coating consumed [m]": self.consumed * s.length,
            "Lithium taken by the coating": self.consumed * s.length / volume,
        }

    def _consumed(self) -> float:
        return self.engine.grid.integral(self.engine.owned("coating") * self.engine.owned("psi"))

    def _reacted(self):
        return self._thickness() + self.engine.model.reactant.charge * self._consumed()

    def _thickness(self):
        return self.engine.grid.integral((1 - self.engine.owned("coating")) * self.engine.owned("psi"))

    def _filled(self):
        return np.maximum(self.engine.ghosted("psi"), self.engine.ghosted("coating"))

    def _growth(self):
        return self.currents[0] - self.current

    def _at_front(self):
        return (1 - self.engine.owned("coating")) * super()._at_front()

    def _resistivity(self):
        engine, model = self.engine, self.engine.model
        χ, ψ = engine.owned("coating"), engine.owned("psi")
        film = ψ / model.reactant.product.ionic + (1 - ψ) / model.p.coating.ionic
        return χ * film + (1 - χ) * super()._resistivity()

    @staticmethod
    def summary(row):
        """Coating and layer."""
        return f"{100 * row['Coating consumed [1]']:.3g} % of the coating, {InterphaseRecord.summary(row)}"
