"""What is measured of lithium on a layer: how much of it touches, at which angle, and whether amounts are kept."""

from __future__ import annotations

import numpy as np

from phasefield.physics.common import diagnostics
from phasefield.physics.common.balance import Balance
from phasefield.physics.common.case import Record
from phasefield.physics.wetting.columns import COLUMNS, DERIVED
from phasefield.physics.wetting.junction import cap_angle


class WettingRecord(Record):
    """Contact, shape and pressure of the lithium, and the closure of both amounts.

    Attributes
    ----------
    lithium, layer : float [δ_PF]
        ∫ξ and ∫ψ at the start.
    passed : float
        ∫i dt, dimensionless.
    """

    columns, derived = COLUMNS, DERIVED
    kept = ("lithium", "layer", "passed")

    def __init__(self, engine, scales, thickness: float):
        self.engine, self.scales, self.thickness = engine, scales, thickness
        self.lithium, self.layer = self._integral(engine.owned("xi")), self._integral(engine.owned("psi"))
        self.passed = 0.0

    def _integral(self, values) -> float:
        return self.engine.grid.integral(values)

    def update(self, dt):
        """Book an accepted step."""
        self.passed += self.engine.added("p", self.engine.boundary_flux("p", "top"))

    def balances(self):
        """Of lithium against charge, and of the layer."""
        engine, (lithium, layer) = self.engine, (self._integral(self.engine.owned(name)) for name in ("xi", "psi"))
        yields = "psi" in engine.state.now
        return {
            "Charge closure": Balance(
                lithium - self.lithium - self.passed, self.passed, engine.state.moved("xi"), lithium
            ),
            "Layer closure": Balance(layer - self.layer, 0.0, engine.state.moved("psi") if yields else 0.0, layer),
        }

    def row(self, time):
        """Columns of the present state.

        ξψ = ψ(1 − ψ) where lithium touches the layer, so ∫ξψ/∫ψ(1 − ψ) is the part of the layer that it covers. The
        angle is that of a cap as high and of the curvature that belongs to the pressure: it means something at rest.
        """
        engine, s = self.engine, self.scales
        ξ, ψ = engine.owned("xi"), engine.owned("psi")
        lithium, surface = self._integral(ξ), self._integral(ψ * (1 - ψ))
        contact = self._integral(ξ * ψ) / surface
        tip = float(diagnostics.height_map(engine.ghosted("xi"), engine.grid).max()) * s.length
        height = tip - self.thickness
        pressure = self._integral(engine.owned("p")) / (engine.box.shape[-1] * engine.box.spacing[-1])
        angle = cap_angle(height / s.length, pressure, len(engine.box.shape))
        plated = lithium - self.lithium
        return {
            "Contact fraction": contact,
            "Contact angle": float(np.degrees(angle)),
            "Tip height": tip,
            "Height over the layer": height,
            "Lithium": lithium * s.length,
            "Pressure": pressure * s.pressure,
            "Potential": -pressure * s.potential,
            "Charge passed": self.passed * s.charge,
            "Charge plated": plated * s.charge,
            "Charge closure": (plated - self.passed) / self.lithium,
            "Layer closure": (self._integral(ψ) - self.layer) / self.layer,
        }

    @staticmethod
    def summary(row):
        """Contact and angle."""
        return f"contact {row['Contact fraction']:.3f}, angle {row['Contact angle']:.1f}°"
