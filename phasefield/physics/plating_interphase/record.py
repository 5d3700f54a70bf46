"""Measured values of plating over an interphase: lithium plated, lost and isolated, in one balance."""

from __future__ import annotations

import numpy as np

from phasefield.physics.common import diagnostics
from phasefield.physics.common.balance import Balance
from phasefield.physics.common.case import Record
from phasefield.physics.plating_interphase.columns import COLUMNS, DERIVED


class PlatingInterphaseRecord(Record):
    """Both fronts, their charge, and the balance errors.

    Attributes
    ----------
    lithium, product, stored : float [δ_PF]
        ∫ξ, ∫ψ and ∫c_h χθ at the start, as lithium.
    passed, throughput : float
        ∫i dt and ∫(|i| + uptake of the interphase) dt, dimensionless.
    current : float
        Current density of the last step.
    """

    columns, derived = COLUMNS, DERIVED
    kept = ("lithium", "product", "stored", "passed", "current", "electrons")

    def __init__(self, engine, scales, coating: float):
        self.engine, self.scales, self.coating = engine, scales, coating
        self.lithium, self.product = self._integral("xi"), self._integral("psi")
        self.stored = self._stored()
        self.passed = self.current = self.electrons = 0.0

    def _integral(self, name: str) -> float:
        return self.engine.grid.integral(self.engine.owned(name))

    def restore(self, state):
        """Continue from a state; those of version 0.1.0 have no host."""
        super().restore({"stored": 0.0} | state)

    def _stored(self) -> float:
        engine = self.engine
        if not hasattr(engine.model, "host"):
            return 0.0
        taken = engine.owned("host") * engine.owned("theta")
        return engine.model.host.capacity * engine.grid.integral(taken)

    def update(self, dt):
        """Add a step to the sums: ions enter through the top, electrons through the bottom."""
        self.current = self.engine.boundary_flux("phi_i", "top")
        self.passed += self.engine.added("phi_i", self.current)
        self.electrons += self.engine.added("phi_e", -self.engine.boundary_flux("phi_e", "bottom"))

    def balances(self):
        """Balances of lithium with charge, and of electrons with ions, in units of lithium."""
        engine, per_volume = self.engine, self.engine.model.lithium_per_volume
        lithium, product, stored = self._integral("xi"), self._integral("psi"), self._stored()
        gained = lithium - self.lithium + per_volume * (product - self.product) + stored - self.stored
        moved = engine.state.moved("xi") + per_volume * engine.state.moved("psi")
        if hasattr(engine.model, "host"):
            moved += engine.model.host.capacity * engine.state.moved("theta")
        return {
            "Charge closure": Balance(gained - self.passed, self.passed, moved, lithium),
            "Carrier closure": Balance(self.electrons - self.passed, self.passed, moved, lithium),
        }

    def row(self, time):
        """Columns of the present state."""
        engine, s, model = self.engine, self.scales, self.engine.model
        grid = engine.grid
        plated = self._integral("xi") - self.lithium
        lost = model.lithium_per_volume * (self._integral("psi") - self.product)
        ξ = engine.ghosted("xi")
        heights = diagnostics.height_map(ξ, grid) * s.length
        interphase = grid.integral(engine.owned("psi") * (1 - engine.owned("xi"))) - self.coating
        stored = self._stored() - self.stored
        scale = abs(plated) + abs(lost) + abs(stored) or 1.0
        happened = self.passed or lost or stored
        highest = np.unravel_index(np.argmax(heights), heights.shape)[::-1]
        places = zip("xy", highest, grid.box.spacing, strict=False)
        return {
            "Current density": self.current * s.current,
            "Cell voltage": self._voltage() * s.potential,
            "Charge passed": self.passed * s.charge,
            "Charge plated": plated * s.charge,
            "Charge lost to the interphase": lost * s.charge,
            "Charge stored in the host": stored * s.charge,
            "Charge closure": (plated + lost + stored - self.passed) / scale if happened else 0.0,
            "Carrier closure": (self.electrons - self.passed) / scale if happened else 0.0,
            "Tip height": float(heights.max()),
            "Least lithium": float(heights.min()),
            "Mean thickness": (plated + self.lithium) * s.length,
            "Roughness": float(np.std(heights)),
            "Interphase thickness": interphase * s.length,
            "Isolated lithium": diagnostics.isolated(ξ, grid) * s.length,
            "Short circuit": float(diagnostics.short_circuit(ξ, grid)),
        } | {f"Tip position {axis}": (cell + 0.5) * h * s.length for axis, cell, h in places}

    def _voltage(self) -> float:
        """Voltage of the lithium at the bottom against the counter electrode, without the last half cell."""
        engine, model = self.engine, self.engine.model
        if not model.galvanostatic:
            return float(model.voltage.value)
        half = 0.5 * engine.box.spacing[-1] * float(model.current.value) / model.p.electrolyte.ionic
        return -engine.grid.mean_at("top", lambda: engine.owned("phi_i")[-1]) - half

    @staticmethod
    def summary(row):
        """Tip height and interphase."""
        return f"tip {row['Tip height'] * 1e9:.4g} nm, interphase {row['Interphase thickness'] * 1e9:.3g} nm"
