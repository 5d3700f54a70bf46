"""Balances of lithium, charge and salt: contents of the cell, fluxes through its boundary, and their difference."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
from mpi4py import MPI

from phasefield.physics.common.balance import Balance
from phasefield.physics.common.surface import FAR, Surface, electrolyte
from phasefield.physics.plating.pieces import isolated
from phasefield.physics.plating.salt import salt_of, size_of

#: Least ξ(1 − ξ) of cells next to the surface: deeper in the metal, salt does not matter.
NEAR = 0.1
#: Least ξ(1 − ξ) of cells from whose fields those of the surface are taken.
AT_SURFACE = 0.2


@dataclass
class Ledger:
    """Balances of a plating run, dimensionless; the attributes are its whole state.

    The current, if it is not given, is measured at the counter electrode from the potential next to it; the lithium
    from ξ. Only the charge balance of the equations makes the two equal.

    Attributes
    ----------
    lithium, salt : float
        Initial lithium and ∫(s c + (1 − t₊) c_Li/c₀ ξ) per cross-section.
    passed, throughput : float
        ∫i dt and ∫|i| dt at the counter electrode.
    salt_in : float
        Salt that entered through the top.
    current : float
        Mean current density of the last step.
    double_layer : float
        Initial charge of the collector's double layer.
    """

    lithium: float
    salt: float
    passed: float = 0.0
    throughput: float = 0.0
    salt_in: float = 0.0
    current: float = 0.0
    double_layer: float = 0.0

    @classmethod
    def open(cls, engine) -> Ledger:
        """Balances of an engine's initial state."""
        return cls(lithium=lithium(engine), salt=salt(engine), double_layer=double_layer(engine))

    def update(self, engine) -> None:
        """Add a step to the sums."""
        self.current = entering(engine, "phi")
        passed = engine.added("phi", self.current)
        self.passed += passed
        self.throughput += abs(passed)
        self.salt_in += engine.added("c", entering(engine, "c")) if engine.model.binary else 0.0

    def plated(self, engine) -> float:
        """Lithium plated since the start, as charge."""
        return lithium(engine) - self.lithium

    def gap(self, engine) -> float:
        """Charge of what was plated, and of the double layer, less the charge that has passed."""
        return self.plated(engine) + double_layer(engine) - self.double_layer - self.passed

    def charge_closure(self, engine) -> float:
        """The gap over ∫|i|dt; 0 before any charge has passed."""
        return self.gap(engine) / self.throughput if self.throughput else 0.0

    def balances(self, engine) -> dict[str, Balance]:
        """Balances of charge and, in a binary electrolyte, of salt."""
        moved = engine.state.moved("xi")
        found = {"Charge closure": Balance(self.gap(engine), self.throughput, moved, lithium(engine))}
        if engine.model.binary:
            p, amount = engine.model.p, salt(engine)
            displaced = (1 - p.transference) * p.lithium_per_salt
            gap = amount - self.salt - self.salt_in
            moved = displaced * moved + engine.state.moved("c")
            found["Salt closure"] = Balance(gap, displaced * self.throughput, moved, amount)
        return found

    def salt_closure(self, engine) -> float:
        """(salt − initial − inflow)/initial; 0 without a salt."""
        return (salt(engine) - self.salt - self.salt_in) / self.salt if engine.model.binary else 0.0


def lithium(engine) -> float:
    """∫(ξ + ν) per cross-section."""
    return engine.grid.integral(engine.owned("xi")) + unresolved(engine)


def unresolved(engine) -> float:
    """∫ν per cross-section: lithium in nuclei that the mesh does not resolve."""
    return engine.grid.integral(engine.owned("nuclei")) if engine.model.p.nucleus else 0.0


def double_layer(engine) -> float:
    """Charge of the bare collector's double layer per cross-section."""
    model, now = engine.model, SimpleNamespace(**engine.state.now, **engine.state.fixed)
    return engine.grid.integral(engine.box.own(model.double_layer(now) * now.phi)) if model.p.nucleus else 0.0


def salt(engine) -> float:
    """∫(s c + (1 − t₊)(c_Li/c₀) q) per cross-section, q what has taken up charge: constant in a closed cell."""
    if not engine.model.binary:
        return 0.0
    p, ξ = engine.model.p, engine.owned("xi")
    taken = engine.box.own(engine.model.taken(engine.state.now | engine.state.fixed))
    density = electrolyte(ξ, p.floor) * engine.owned("c") + (1 - p.transference) * p.lithium_per_salt * taken
    return engine.grid.integral(density)


def entering(engine, name: str) -> float:
    """Mean flux of charge (``"phi"``) or salt (``"c"``) through the top. Collective."""
    counter = engine.model.counter
    if counter is None:
        return engine.boundary_flux(name, "top")

    def flux():
        v = counter.cells(engine)
        current = counter.current(v) + 0 * v.phi
        return current if name == "phi" else counter.salt(v, current, float(engine.dt.value))

    return engine.grid.mean_at("top", flux)


def counter_overpotential(engine) -> float:
    """Activation overpotential of the counter electrode, its mean; positive while it is dissolved. Collective."""
    counter = engine.model.counter
    return engine.grid.mean_at("top", lambda: counter.overpotential(counter.cells(engine)))


def cell_voltage(engine) -> float:
    """Potential of the metal against the counter electrode's face; plating negative."""
    model = engine.model
    if not model.galvanostatic:
        return float(model.voltage.value)
    if counter := model.counter:
        return -engine.grid.mean_at("top", lambda: counter.potential(counter.cells(engine)))
    return -engine.grid.mean_at("top", lambda: _on_top(engine))


def _on_top(engine):
    """φ on the counter electrode's face: φ of the cells next to it, plus the drop over the last half cell."""
    model, cells = engine.model, engine.state.layer("top", owned=True)
    slope = engine.conditions.entering("phi", "top") / model.conductivity(cells)
    if model.binary:
        p = model.p
        dc = engine.conditions.entering("c", "top") / p.diffusivity
        slope = slope + 2 * (1 - p.transference) * p.thermodynamic_factor * dc / cells.c
    return cells.phi + 0.5 * engine.box.end_width("top") * slope


def mean_overpotential(engine, connected=1.0) -> float:
    """−φ at the surface of the lithium, its mean over the area; on the collector while it is bare.

    Parameters
    ----------
    engine : NewtonEngine
    connected : ndarray or float
        1 in the cells owned whose lithium has the collector's potential, 0 in others.
    """

    def parts(at):
        surface = Surface(engine.owned("xi")[at], engine.gradient("xi", at))
        φ, slope = engine.owned("phi")[at], engine.gradient("phi", at)
        if engine.model.binary:
            c, slope_of_c, pull = engine.owned("c")[at], engine.gradient("c", at), engine.model.diffusion_potential
            left = salt_of(c)
            without_salt = surface.value(φ - pull * np.log(left), slope - pull * slope_of_c / size_of(c))
            at_surface = without_salt + pull * np.log(surface.concentration(left, slope_of_c))
        else:
            at_surface = surface.value(φ, slope)
        area = surface.area * np.broadcast_to(connected, engine.box.owned_shape)[at]
        return -at_surface * area, area

    over, whole = engine.grid.integrals(parts)
    if nucleus := engine.model.p.nucleus:
        area = nucleus.area(engine.owned("sites"), engine.owned("nuclei"))
        over = over - engine.grid.integral(engine.owned("phi") * area)
        whole = whole + engine.grid.integral(area)
        if whole == 0:
            return -engine.grid.mean_at("bottom", lambda: engine.state.layer("bottom", owned=True).phi)
    return over / whole if whole > 0 else 0.0


def is_connected(engine) -> np.ndarray:
    """1.0 in the cells owned whose lithium is connected to the collector, 0.0 near isolated pieces. Collective."""
    return (engine.box.own(isolated(engine.ghosted("xi"), engine.grid)) == 0).astype(float)


def connected_lithium(engine) -> float:
    """Lithium per cross-section that is connected to the collector, as all nuclei are. Collective."""
    return engine.grid.integral(engine.owned("xi") * is_connected(engine)) + unresolved(engine)


def thickest(engine) -> float:
    """Largest ξ of connected lithium: less than ½ where all of it is thinner than its interface. Collective."""
    return engine.comm.allreduce(float((engine.owned("xi") * is_connected(engine)).max(initial=0.0)), MPI.MAX)


def carried_at_most(engine) -> float:
    """Current per cross-section that diffusion brings to the lithium's surface as the salt is now. Collective."""
    surface = Surface(engine.owned("xi"), engine.gradient("xi"))
    near = surface.area * (surface.part * (1 - surface.part) > NEAR)
    most = salt_of(engine.owned("c")) / (np.maximum(surface.reach, FAR) * engine.model.salt_per_current)
    found, area, whole = (engine.grid.integral(x) for x in (near * most, near, surface.area))
    return found / area * whole if area else math.inf


def largest_at_surface(engine) -> float:
    """Largest concentration of the salt on the lithium's surface, over the initial one; inf without one. Collective."""
    surface = Surface(engine.owned("xi"), engine.gradient("xi"))
    c = surface.concentration(salt_of(engine.owned("c")), engine.gradient("c"))
    near = surface.ξ * (1 - surface.ξ) > AT_SURFACE
    found = engine.comm.allreduce(float(np.max(c, where=near, initial=-math.inf)), MPI.MAX)
    return found if found > -math.inf else math.inf


def extreme_tractions(engine) -> tuple[float, float]:
    """Smallest and largest excess of the pressure on the lithium's surface, as in the last step. Collective."""
    ξ, p = engine.owned("xi"), engine.owned("traction")
    near = ξ * (1 - ξ) > AT_SURFACE
    found = np.array([np.max(sign * p, where=near, initial=-math.inf) for sign in (-1, 1)])
    engine.comm.Allreduce(MPI.IN_PLACE, found, MPI.MAX)
    return -float(found[0]), float(found[1])


def largest_at_top(engine, flowing: bool = True) -> float:
    """Largest concentration of the salt at the counter electrode, over the initial one. Collective.

    Parameters
    ----------
    engine : NewtonEngine
    flowing : bool
        Whether the flux through the electrode has acted yet. In the initial state it has not.
    """
    here = _salt_on_top(engine, flowing).max() if engine.box.touches("top") else -math.inf
    return engine.comm.allreduce(float(here), MPI.MAX)


def _salt_on_top(engine, flowing):
    """c on the counter electrode's face: c of the cells next to it, plus what its flux adds over the last half cell."""
    if counter := engine.model.counter:
        return counter.salt_at_surface(engine)
    c = engine.state.layer("top", owned=True).c
    slope = engine.conditions.entering("c", "top") / engine.model.p.diffusivity if flowing else 0.0
    return np.maximum(c + 0.5 * engine.box.end_width("top") * slope, 0.0)
