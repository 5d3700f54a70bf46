"""Measured values of a contact: voltage, lithium content and its spread, resistances, hot spots."""

from __future__ import annotations

from phasefield.physics.common.balance import Balance
from phasefield.physics.common.case import Record
from phasefield.physics.contact import diagnostics as measure
from phasefield.physics.contact.columns import COLUMNS, DERIVED


class ContactRecord(Record):
    """Measured values of a contact, and the balance of lithium in the electrode.

    Attributes
    ----------
    initial : float [1]
        Lithium stored at the start, in units of the full electrode.
    passed, throughput : float [1]
        ∫i dt and ∫|i| dt through the counter electrode, in the same units.
    current : float [i₀]
        Current density of the last step.
    radius : float [m]
        Of a particle, if the electrode breathes; otherwise 0.
    """

    columns, derived = COLUMNS, DERIVED
    kept = ("initial", "passed", "throughput", "current")

    def __init__(self, engine, scales, radius=0.0):
        self.engine, self.scales, self.radius = engine, scales, radius
        self.initial = measure.stored(engine)
        self.passed = self.throughput = self.current = 0.0

    def update(self, dt):
        """Add a step to the sums."""
        self.current = self.engine.boundary_flux("phi", "top")
        passed = self.engine.added("phi", self.current)
        self.passed += passed
        self.throughput += abs(passed)

    def balances(self):
        """Balance of the stored lithium with the charge."""
        stored, moved = measure.stored(self.engine), measure.moved(self.engine)
        return {"Charge closure": Balance(stored - self.initial - self.passed, self.throughput, moved, stored)}

    def impossible(self, row):
        """A step may not open most of the contact at once."""
        return "it opens most of the contact at once" if self.radius and self.engine.model.torn else ""

    def row(self, time):
        """Columns of the present state."""
        engine, s = self.engine, self.scales
        stored, spread = measure.stored(engine) - self.initial, measure.content_spread(engine)
        row = {
            "Current density": self.current * s.current,
            "Cell voltage": measure.cell_voltage(engine) * s.potential,
            "Charge passed": self.passed * s.charge,
            "Charge stored": stored * s.charge,
            "Charge closure": (stored - self.passed) / self.throughput if self.throughput else 0.0,
            "Mean content": spread.mean,
            "Spread of content": spread.std,
            "Lowest content": spread.lowest,
            "Highest content": spread.highest,
        }
        if self.current == 0 or not measure.polarised(engine):  # no resistance without a current
            parts = dict.fromkeys(("electrolyte", "constriction", "interface", "electrode", "total"), float("nan"))
            hot = float("nan")
        else:
            found = measure.resistance(engine)
            parts = {name: getattr(found, name) * s.resistance for name in (*found.__dataclass_fields__, "total")}
            hot = measure.hot_spot(engine)
        resistances = {f"{name.capitalize()} resistance": value for name, value in parts.items()}
        return row | resistances | {"Hot spot": hot} | (self._mechanics() if self.radius else {})

    def _mechanics(self):
        """Columns of an electrode that breathes."""
        model = self.engine.model
        return {
            "Contact": float(measure.coverage_map(self.engine).mean()),
            "Pressure on the contact": float(model.pressure.value) * self.scales.stress,
            "Gap": float(model.gap.value) * self.radius,
            "Volume change": (1 + float(model.strain.value)) ** 3 - 1,
        }

    @staticmethod
    def summary(row):
        """Voltage and content."""
        return f"{row['Cell voltage']:.3f} V, x = {row['Mean content']:.3f}"
