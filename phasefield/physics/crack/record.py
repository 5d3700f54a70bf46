"""Measured values of lithium in a crack: pressure, length, charge."""

from __future__ import annotations

import math

import numpy as np
from mpi4py import MPI

from phasefield.physics.common.balance import Balance
from phasefield.physics.common.case import Record
from phasefield.physics.crack.columns import COLUMNS, DERIVED
from phasefield.physics.crack.deck import CrackDeck
from phasefield.physics.crack.scales import CrackScales
from phasefield.theory import crack as laws


class CrackRecord(Record):
    """Pressure and length of the crack, and where the lithium went.

    Attributes
    ----------
    start : float [1]
        Lithium in the flaw at the start, per area of the electrode.
    seed : float [1]
        Area of the flaw, by its damage.
    passed, electrode, cracked : float [1]
        Charge per area that came from the counter electrode, and that reacted at the electrode and in the crack.
    current, into : float [1]
        Current of the last step, and its part into the crack.
    length, pressure : float [1]
        At the end of the last step.
    velocity, rate : float [1]
        Of the crack's tip, and of the pressure, in the last step.
    """

    columns, derived = COLUMNS, DERIVED
    kept = (
        "start", "seed", "passed", "electrode", "cracked", "current", "into", "length", "pressure", "velocity", "rate",
    )  # fmt: skip

    def __init__(self, engine, scales: CrackScales, deck: CrackDeck):
        self.engine, self.scales, self.deck, self.model = engine, scales, deck, engine.model
        self.area = float(np.prod([engine.box.length(axis) for axis in range(len(engine.box.shape) - 1)]))
        self.start = self._content()
        self.passed = self.electrode = self.cracked = self.current = self.into = self.velocity = self.rate = 0.0
        self.seed = self._area()
        self.length, self.pressure = 1.0, self.model.p.pressure

    def update(self, dt):
        """Add a step to the sums."""
        engine = self.engine
        self.current = engine.boundary_flux("phi", "top")
        electrode, crack = self._reactions()
        self.passed += engine.added("phi", self.current)
        self.electrode += engine.added("electrode", electrode)
        self.cracked += engine.added("crack", crack)
        self.into = crack
        length, pressure = self._length(), self._pressure()
        self.velocity, self.rate = (length - self.length) / dt, (pressure - self.pressure) / dt
        self.length, self.pressure = length, pressure

    def balances(self):
        """Lithium at the electrode and in the crack against charge."""
        held = self.electrode + self._in_crack()
        return {"Charge closure": Balance(held - self.passed, self.passed, self._moved(), held)}

    def row(self, time):
        """Columns of the present state."""
        s, deck, engine = self.scales, self.deck, self.engine
        found = self.model.crack.state(engine.owned("d"), float(self.model.content.value), engine.grid)
        pressure, length = self.pressure * s.pressure, self.length * s.length
        limit = laws.critical_pressure(deck.electrolyte.fracture_toughness, length, deck.domain.dimension)
        tension = engine.comm.allreduce(float(np.max(found.largest_principal)), MPI.MAX) * s.pressure
        energy = s.pressure * s.length / self.area
        held = self.electrode + self._in_crack()
        return {
            "Current density": self.current * s.current,
            "Cell voltage": self._voltage() * s.potential,
            "Pressure": pressure,
            "Crack length": length,
            "Dry length": self._dry(found) * s.length,
            "Crack velocity": self.velocity * s.length / s.time,
            "Stress intensity": pressure / limit,
            "Opening": self._opening(found) * s.length,
            "Current into the crack": self.into / self.current if self.current else math.nan,
            "Largest tension": tension,
            "Charge passed": self.passed * s.charge,
            "Charge at the electrode": self.electrode * s.charge,
            "Charge in the crack": self._content() * s.charge,
            "Charge closure": (held - self.passed) / abs(self.passed) if self.passed else 0.0,
            "Surface energy": found.surface * energy,
            "Elastic energy": found.elastic * energy,
            "Pressure rate": self.rate * s.pressure / s.time,
            "Sweeps": found.sweeps,
        }

    @staticmethod
    def summary(row):
        """Pressure and length."""
        return f"{row['Pressure'] / 1e6:.4g} MPa, crack {row['Crack length'] * 1e6:.4g} um"

    # -- measurements --------------------------------------------------------------------------------

    def _content(self) -> float:
        """Lithium in the crack per area of the electrode."""
        return float(self.model.content.value) / self.area

    def _in_crack(self) -> float:
        """What the reaction in the crack has made; with an open mouth it is no longer all there."""
        return self._content() - self.start if self.model.p.closed else self.cracked

    def _moved(self) -> float:
        """Charge that the faces of electrode and crack exchanged in this step, as in a rest."""
        electrode, crack = self._reactions()
        return self.engine.state.dt * (abs(electrode) + abs(crack))

    def _reactions(self) -> tuple[float, float]:
        """Currents into electrode and crack, per area of the electrode, at the pressure that the step found."""
        engine, model = self.engine, self.model
        φ, part = engine.owned("phi"), engine.owned("electrode") * engine.owned("solid")
        p = model.solved if model.solved is not None else self._pressure()
        faces = engine.owned("faces") * np.asarray(model.plating(φ, p - engine.owned("loss")))
        return engine.grid.integral(part * np.asarray(model.plating(φ))), engine.grid.integral(np.asarray(faces))

    def _pressure(self) -> float:
        return self.engine.comm.allreduce(float(np.max(self.engine.owned("p"))), MPI.MAX)

    def _area(self) -> float:
        return self.model.crack.on(self.engine.grid).area(self.engine.owned("d"))

    def _length(self) -> float:
        """Length of the crack: of the flaw, and what has grown; in 3-D the radius of half a disc of its area."""
        grown = self._area() - self.seed
        if len(self.engine.box.shape) == 2:
            return 1.0 + grown
        return math.sqrt(max(1.0 + 2 * grown / math.pi, 0.0))

    def _dry(self, found) -> float:
        """Length of the crack that the lithium has not reached, by its part of the broken cells; in 3-D of a radius."""
        engine = self.engine
        broken = self.model.broken(engine.owned("d"))
        filled, cells = (engine.grid.integral(part * broken) for part in (found.reach, 1.0))
        if cells == 0:  # no flaw
            return 0.0
        return self.length * (1 - (filled / cells) ** (1 / (len(engine.box.shape) - 1)))

    def _voltage(self) -> float:
        """Of the electrode against lithium at the top."""
        engine = self.engine
        half = 0.5 * engine.box.spacing[-1] / self.model.p.conductivity
        top = engine.box.at_end("top", owned=True)
        mean = engine.grid.mean_at("top", lambda: engine.ghosted("phi")[top])
        return -(mean + half * self.current)

    def _opening(self, found) -> float:
        """Largest opening of the crack, summed across it."""
        engine = self.engine
        across = np.sum(found.opening, axis=-1) * engine.box.sizes[0]
        whole = np.zeros(engine.box.shape[::-1][:-1])
        whole[engine.box.place[:-1]] = across
        engine.comm.Allreduce(MPI.IN_PLACE, whole, MPI.SUM)
        return float(np.max(whole))
