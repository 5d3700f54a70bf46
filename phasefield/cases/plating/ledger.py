"""Lithium, charge and salt: what is in the cell, what crossed its boundary, and whether the two agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from mpi4py import MPI

from phasefield.diagnostics import integral


@dataclass
class Ledger:
    """Account of a plating run, dimensionless; its attributes are all of its state.

    The current is measured at the counter electrode, from the potential next to it, where it is not given;
    the lithium from ξ. Nothing in the equations makes the two equal but the charge balance itself.

    Attributes
    ----------
    lithium, salt : float
        Initial ∫ξ and ∫(s c + (1 − t₊) c_Li/c₀ ξ) per cross-section.
    passed, throughput : float
        ∫i dt and ∫|i| dt at the counter electrode.
    salt_in : float
        Salt that entered through the top.
    current : float
        Mean current density of the last step.
    """

    lithium: float
    salt: float
    passed: float = 0.0
    throughput: float = 0.0
    salt_in: float = 0.0
    current: float = 0.0

    @classmethod
    def open(cls, engine) -> Ledger:
        """Account of an engine's initial state."""
        return cls(lithium=lithium(engine), salt=salt(engine))

    def enter(self, engine, dt: float) -> None:
        """Book an accepted step."""
        self.current = engine.boundary_flux("phi", "top")
        self.passed += self.current * dt
        self.throughput += abs(self.current) * dt
        self.salt_in += engine.boundary_flux("c", "top") * dt if engine.model.binary else 0.0

    def plated(self, engine) -> float:
        """Lithium plated since the start, as charge."""
        return lithium(engine) - self.lithium

    def charge_closure(self, engine) -> float:
        """(plated − passed)/∫|i|dt; 0 before anything has passed."""
        return (self.plated(engine) - self.passed) / self.throughput if self.throughput else 0.0

    def salt_closure(self, engine) -> float:
        """(salt − initial − what entered)/initial; 0 without a salt."""
        return (salt(engine) - self.salt - self.salt_in) / self.salt if engine.model.binary else 0.0


def lithium(engine) -> float:
    """∫ξ per cross-section."""
    return integral(engine.owned("xi"), engine.slab, engine.comm)


def salt(engine) -> float:
    """∫(s c + (1 − t₊)(c_Li/c₀) ξ) per cross-section: constant in a closed cell."""
    if not engine.model.binary:
        return 0.0
    p, ξ = engine.model.p, engine.owned("xi")
    density = (1 - ξ + p.floor) * engine.owned("c") + (1 - p.transference) * p.lithium_per_salt * ξ
    return integral(density, engine.slab, engine.comm)


def cell_voltage(engine) -> float:
    """Potential of the metal against the counter electrode's face; plating negative."""
    model, v = engine.model, engine.v
    if not model.galvanostatic:
        return float(model.voltage.value)
    total = 0.0
    if engine.slab.stop == engine.slab.shape[-1]:
        top = engine.top_faces
        σ = model.conductivity(v)
        slope = engine.face_flux("phi")[-1][top] / (σ.faceValue.value[top] if hasattr(σ, "faceValue") else σ)
        if model.binary:
            p, c = model.p, v.c.faceValue.value[top]
            dc = engine.face_flux("c")[-1][top] / p.diffusivity
            slope = slope + 2 * (1 - p.transference) * p.thermodynamic_factor * dc / c
        total = float(np.mean(v.phi.faceValue.value[top] + 0.5 * engine.slab.spacing[-1] * slope))
    return -engine.comm.bcast(total, engine.comm.size - 1)


def mean_overpotential(engine) -> float:
    """−φ averaged over the interface with the weight ξ²(1 − ξ)² of the reaction."""
    ξ, φ = engine.owned("xi"), engine.owned("phi")
    weight = ξ**2 * (1 - ξ) ** 2
    sums = np.array([np.sum(-φ * weight), np.sum(weight)])
    engine.comm.Allreduce(MPI.IN_PLACE, sums, MPI.SUM)
    return float(sums[0] / sums[1]) if sums[1] > 0 else 0.0
