"""Measured values of voids at an interface: contact, void volume, current in contact, charge."""

from __future__ import annotations

import math

import numpy as np
from mpi4py import MPI

from phasefield.physics.common.balance import Balance
from phasefield.physics.common.case import Record
from phasefield.physics.voids.columns import COLUMNS, DERIVED
from phasefield.physics.voids.scales import VoidsScales


class VoidsRecord(Record):
    """Contact, voids, and where the lithium went.

    Attributes
    ----------
    start : float [1]
        Void volume per area at the start, in units of the depth.
    passed, stripped, plated, crept : float [1]
        Charge per area from the counter electrode, charge that stripped and plated lithium, and void volume that creep
        has closed; in units of the charge that takes all contact away.
    current : float [1]
        Current density of the last step.
    """

    columns, derived = COLUMNS, DERIVED
    kept = ("start", "passed", "stripped", "plated", "crept", "current")

    def __init__(self, engine, scales: VoidsScales):
        self.engine, self.scales, self.model = engine, scales, engine.model
        self.start = self._voids()
        self.passed = self.stripped = self.plated = self.crept = self.current = 0.0

    def update(self, dt):
        """Add a step to the sums."""
        engine = self.engine
        self.current = engine.boundary_flux("phi", "top")
        self.passed += engine.added("phi", self.current)
        stripping, plating, creep = self._rates()
        self.stripped += engine.added("stripped", stripping)
        self.plated += engine.added("plated", plating)
        self.crept += engine.added("crept", creep)

    def balances(self):
        """Charge against what reacted; void volume against stripping and creep."""
        dt = self.engine.state.dt
        stripping, plating, creep = self._rates()
        reacted, voids = self.plated - self.stripped, self._voids()
        opened = self.stripped - self.crept
        return {
            "Charge closure": Balance(reacted - self.passed, self.passed, dt * (stripping + plating), reacted),
            "Void closure": Balance(voids - self.start - opened, opened, dt * (stripping + creep), voids),
        }

    def row(self, time):
        """Columns of the present state."""
        s, voids = self.scales, self._voids()
        largest = self._largest()
        reacted, opened = self.plated - self.stripped, self.stripped - self.crept
        through, moved = self.plated + self.stripped, self.stripped + self.crept
        return {
            "Current density": self.current * s.current,
            "Cell voltage": self._voltage() * s.potential,
            "Contact": 1 - voids,
            "Lowest contact": self.engine.comm.allreduce(float(np.min(self.engine.owned("contact"))), MPI.MIN),
            "Void thickness": voids * s.length,
            "Current density in contact": largest * s.current,
            "Hot spot": largest / abs(self.current) if self.current else math.nan,
            "Creep thickness": self.crept * s.length,
            "Charge passed": self.passed * s.charge,
            "Charge stripped": self.stripped * s.charge,
            "Charge plated": self.plated * s.charge,
            "Charge closure": (reacted - self.passed) / through if through else 0.0,
            "Void closure": (voids - self.start - opened) / moved if moved else 0.0,
        }

    @staticmethod
    def summary(row):
        """Contact and voltage."""
        return f"contact {row['Contact']:.3f}, {row['Cell voltage'] * 1e3:.4g} mV"

    # -- measurements --------------------------------------------------------------------------------

    def _here(self):
        """Weight of the cells at the interface: their integral over the box is a mean over the interface."""
        return self.engine.owned("interface")

    def _mean(self, values) -> float:
        return self.engine.grid.integral(self._here() * values)

    def _voids(self) -> float:
        return self._mean(1 - self.engine.owned("contact"))

    def _in_contact(self):
        """Current density per area of contact in the cells owned, positive in stripping; of no use above the bottom."""
        φ, θ = self.engine.owned("phi"), self.engine.owned("contact")
        return np.asarray(self.model.in_contact(φ, θ))

    def _rates(self) -> tuple[float, float, float]:
        """Mean rates of stripping, plating, and creep."""
        θ = self.engine.owned("contact")
        current = θ * self._in_contact()
        stripping = self._mean(self.model.stripped(current))
        creep = self.model.p.closing * self._mean(np.asarray(self.model.crowding(θ)))
        return stripping, stripping - self._mean(current), creep

    def _largest(self) -> float:
        """Largest magnitude of the current density per area of contact."""
        mine = np.max(np.abs(np.where(self._here() > 0, self._in_contact(), 0.0)))
        return self.engine.comm.allreduce(float(mine), MPI.MAX)

    def _voltage(self) -> float:
        """Of the lithium below against that at the top."""
        engine = self.engine
        half = 0.5 * engine.box.spacing[-1] / self.model.p.conductivity
        top = engine.box.at_end("top", owned=True)
        return -(engine.grid.mean_at("top", lambda: engine.ghosted("phi")[top]) + half * self.current)
