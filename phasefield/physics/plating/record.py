"""Measured values of a plating run."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from phasefield.physics.common import diagnostics
from phasefield.physics.common.case import Record
from phasefield.physics.plating.columns import COLUMNS, DERIVED, PRESSURES, SALT_AT, SUPPORTED
from phasefield.physics.plating.ledger import (
    Ledger,
    cell_voltage,
    counter_overpotential,
    double_layer,
    extreme_tractions,
    is_connected,
    largest_at_surface,
    largest_at_top,
    mean_overpotential,
    unresolved,
)
from phasefield.theory.constants import FARADAY

#: ξ further ahead of the front than this many interface widths counts as spurious lithium.
AHEAD = 1.5
#: Neighbourhood of the tip to which its radius is fitted, in interface widths.
TIP_REACH = 1.0
#: Part of the columns with electrolyte below lithium above which tips count as branched. A finger with a narrow foot
#: has up to a quarter, and so has a rough front that encloses some electrolyte.
BRANCHED = 0.45


class PlatingRecord(Record):
    """Lithium, charge and salt, and the shape of the deposit.

    Attributes
    ----------
    ledger : Ledger
    layer : GrowingLayer or None
    nuclei : Nuclei or None
    pressure : float [Pa]
        On flat lithium.
    tip : tuple of float
        Height [m] and time [s] of the tip in the last row, for its velocity.
    """

    columns, derived = COLUMNS, DERIVED
    kept = ("tip",)

    def __init__(self, engine, scales, layer=None, nuclei=None, pressure: float = 0.0):
        self.engine, self.scales, self.layer, self.nuclei, self.pressure = engine, scales, layer, nuclei, pressure
        self.ledger = Ledger.open(engine)
        self.tip: tuple[float, float] | None = None

    def state(self):
        """The balances, and the last height and time of the tip."""
        return super().state() | {"ledger": asdict(self.ledger)}

    def restore(self, state):
        """Continue from a state."""
        super().restore(state)
        if self.tip is not None:
            _, _ = self.tip  # a pair, or ValueError: the state may be from others
        self.ledger = Ledger(**state["ledger"])

    def update(self, dt):
        """Add a step to the sums."""
        self.ledger.update(self.engine)

    def balances(self):
        """Balances of charge and salt."""
        return self.ledger.balances(self.engine)

    def row(self, time):
        """Columns of the present state."""
        engine, s, ledger, connected = self.engine, self.scales, self.ledger, is_connected(self.engine)
        return {
            "Current density": ledger.current * s.current,
            "Cell voltage": cell_voltage(engine) * s.potential,
            "Overpotential": mean_overpotential(engine, connected) * s.potential,
            **self._of_the_counter_electrode(),
            "Charge passed": ledger.passed * s.charge,
            "Charge plated": ledger.plated(engine) * s.charge,
            "Charge closure": ledger.charge_closure(engine),
            "Salt closure": ledger.salt_closure(engine),
            **self._of_the_salt(),
            **self._shape(engine.ghosted("xi"), time),
            "Connected lithium": (self._thickness(connected) + unresolved(engine)) * s.length,
            "Isolated lithium": self._thickness(1 - connected) * s.length,
            **self._of_the_layer(time),
            **self._of_the_nuclei(),
            **self._of_the_pressure(),
        }

    def _shape(self, ξ, time: float) -> dict[str, float]:
        """Columns about the shape of the deposit, measured along the columns of the box."""
        grid, length = self.engine.grid, self.scales.length
        heights = diagnostics.height_map(ξ, grid)
        tip = float(heights.max()) * length
        tips, overhang = diagnostics.tips(heights, 1.0), diagnostics.overhang(ξ, grid)
        return {
            "Tip height": tip,
            "Mean thickness": (self._thickness() + unresolved(self.engine)) * length,
            "Roughness": float(np.std(heights)) * length,
            "Tip-valley distance": float(np.ptp(heights)) * length,
            "Area ratio": diagnostics.area_ratio(ξ, grid),
            "Tip velocity": self._tip_velocity(tip, time),
            "Tip radius": diagnostics.tip_radius(heights, grid.box.spacing, TIP_REACH) * length,
            "Tips": tips,
            "Overhang": overhang,
            "Morphology": float((tips > 0) * (1 + (overhang > BRANCHED))),
            "Largest xi ahead": diagnostics.largest_ahead(ξ, heights, grid, AHEAD),
            "Short circuit": float(diagnostics.short_circuit(ξ, grid)),
        }

    def _thickness(self, where=1.0) -> float:
        """∫ξ over the area of the electrode, of the cells owned ``where`` 1 is given."""
        return self.engine.grid.integral(self.engine.owned("xi") * where)

    def _tip_velocity(self, tip: float, time: float) -> float:
        """Velocity of the tip since the last row [m/s], given its height [m] and the time [s]."""
        (earlier, then), self.tip = self.tip or (tip, time), (tip, time)
        return (tip - earlier) / (time - then) if time > then else 0.0

    def _of_the_counter_electrode(self):
        if self.engine.model.counter is None:
            return {}
        return {"Counter overpotential": counter_overpotential(self.engine) * self.scales.potential}

    def _of_the_salt(self):
        if not self.engine.model.binary:
            return {}
        flowing = self.ledger.throughput > 0
        amounts = largest_at_surface(self.engine), largest_at_top(self.engine, flowing)
        return dict(zip(SALT_AT, (x * self.scales.concentration for x in amounts), strict=True))

    def _of_the_layer(self, time):
        if self.layer is None:
            return {}
        return {
            "Layer resistance": self.layer.resistance_at(time),
            "Charge lost to the interphase": self.layer.lost_at(time),
        }

    def _of_the_nuclei(self):
        if self.nuclei is None:
            return {}
        return {
            "Nuclei": self.nuclei.formed,
            "Unresolved nuclei": self.nuclei.unresolved,
            "Charge in unresolved nuclei": unresolved(self.engine) * self.scales.charge,
            "Charge of the double layer": double_layer(self.engine) * self.scales.charge,
        }

    def _of_the_pressure(self):
        unit = self.scales.potential * FARADAY / self.scales.molar_volume
        if column := self.engine.model.column:
            values = float(column.pressure.value) * unit, column.flowed * self.scales.length
            return dict(zip(SUPPORTED, values, strict=True))
        if self.engine.model.p.traction is None:
            return {}
        ends = zip(PRESSURES, extreme_tractions(self.engine), strict=True)
        return {column: self.pressure + unit * p for column, p in ends}

    @staticmethod
    def summary(row):
        """Tip height and overpotential."""
        return f"tip {row['Tip height'] * 1e6:.2f} µm, {row['Overpotential'] * 1e3:.1f} mV"
