"""What is measured of an interphase: how thick it is, what it takes, what it resists, and whether the books agree."""

from __future__ import annotations

import numpy as np
from mpi4py import MPI

from phasefield import diagnostics
from phasefield.cases.base import Record
from phasefield.theory import FARADAY


class InterphaseRecord(Record):
    """Thickness, currents through the electrode and their closure, resistance, potential at the front.

    Attributes
    ----------
    initial : float [δ_PF]
        ∫ψ at the start.
    ions, electrons : float
        Charge that entered through the electrode, dimensionless.
    currents : tuple of float
        Of the last step.
    """

    kept = ("initial", "ions", "electrons", "currents")

    def __init__(self, engine, scales, deck, coating: float):
        self.engine, self.scales, self.deck, self.coating = engine, scales, deck, coating
        self.initial = self._volume()
        self.ions = self.electrons = 0.0
        self.currents = (0.0, 0.0)

    def _volume(self) -> float:
        return self.engine.grid.integral(self.engine.owned("psi"))

    def enter(self, dt):
        """Book an accepted step; what the equations take out of the cell is what enters through the electrode."""
        engine = self.engine
        ions, electrons = engine.boundary_flux("phi_i", "bottom"), -engine.boundary_flux("phi_e", "bottom")
        self.currents = ions, electrons
        self.ions, self.electrons = self.ions + ions * dt, self.electrons + electrons * dt

    def row(self, time):
        """Columns of the present state."""
        s, engine = self.scales, self.engine
        volume = self._volume()
        grown = volume - self.initial
        heights = diagnostics.height_map(engine.held("psi"), engine.grid) * s.length
        taken = abs(self.ions) or 1.0
        thickness = (volume - self.coating) * s.length
        return {
            "Thickness [m]": thickness,
            "Largest height [m]": float(heights.max()),
            "Smallest height [m]": float(heights.min()),
            "Roughness [m]": float(np.std(heights)),
            "Growth rate [m/s]": self.currents[0] * s.velocity,
            "Leakage current density [A/m2]": self.currents[1] * s.current,
            "Lithium consumed [mol/m2]": grown * s.length / s.molar_volume,
            "Charge consumed [C/m2]": grown * s.length / s.molar_volume * FARADAY,
            "Charge passed [C/m2]": self.ions * s.charge,
            "Charge closure [1]": (grown - self.ions) / taken if self.ions else 0.0,
            "Carrier closure [1]": (self.electrons - self.ions) / taken if self.ions else 0.0,
            "Resistance [ohm m2]": self._resistance() * s.potential / s.current,
            "Potential at the front [V]": self._front_potential(),
        }

    def _resistance(self) -> float:
        """Area-specific resistance of layer and coating to ions that cross them straight: columns in parallel."""
        engine, model = self.engine, self.engine.model
        resistivity = np.asarray(engine.owned("psi")) / model.p.product.ionic
        if "ionic" in engine.state.fixed:
            resistivity = resistivity / engine.owned("ionic")
        if model.p.coating is not None:
            χ = engine.owned("coating")
            resistivity = χ / model.p.coating.ionic + (1 - χ) * resistivity
        columns = engine.grid.over_columns(np.sum(resistivity, axis=0) * engine.box.spacing[-1])
        return float(1 / np.mean(1 / np.maximum(columns, 1e-300)))

    def _front_potential(self) -> float:
        """Potential against lithium, averaged over the front [V]."""
        ψ = self.engine.owned("psi")
        difference = self.engine.owned("phi_e") - self.engine.owned("phi_i")
        weight = ψ**2 * (1 - ψ) ** 2
        sums = np.array([np.sum(difference * weight), np.sum(weight)])
        self.engine.comm.Allreduce(MPI.IN_PLACE, sums, MPI.SUM)
        return self.deck.electrode.potential - self.deck.sign * self.scales.potential * float(sums[0] / sums[1])

    @staticmethod
    def tell(row):
        """Thickness and resistance."""
        return f"{row['Thickness [m]'] * 1e9:.3g} nm, {row['Resistance [ohm m2]'] * 1e4:.3g} ohm cm2"
