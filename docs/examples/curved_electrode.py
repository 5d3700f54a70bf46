"""Lithium plated on an electrode with a round bump: the plating model on a mesh of triangles, made by Gmsh.

What the deck inputs/plating_curved.toml does, from a script: in units of the interface width, RT/F and i₀ (see
phasefield/physics/plating/model.py). The current is given; all of it becomes lithium. Needs Gmsh.

    FIPY_SOLVERS=petsc python docs/examples/curved_electrode.py
"""

from pathlib import Path

import numpy as np

from phasefield.engines.unstructured import MeshEngine, fipy_mesh
from phasefield.mesh.triangles import read_triangles
from phasefield.physics.common.energy import equilibrium_profile
from phasefield.physics.common.kinetics import ButlerVolmer
from phasefield.physics.common.model import Field
from phasefield.physics.plating.model import Parameters, Plating

GEOMETRY = Path(__file__).parents[2] / "inputs" / "curved_electrode.geo"
RADIUS, FILM, CURRENT = 4.0, 1.5, 1.0  # of the bump; lithium to begin with; over i₀, where the cell is widest


def above(x):
    """Distance to the electrode."""
    return np.minimum(x[1], np.hypot(x[0], x[1]) - RADIUS)


def plate(steps, dt, geometry=GEOMETRY):
    """The engine after steps of plating."""
    fields = (
        Field("xi", "Order parameter", "1", lambda x: equilibrium_profile(above(x) - FILM, 1.0), tolerance=1e-4),
        Field("phi", "Potential", "RT/F", lambda x: 0 * x[0], tolerance=1e-3),
    )
    model = Plating(Parameters(mobility=1.0, conductivity=5.0, kinetics=ButlerVolmer()), fields)
    model.current.setValue(CURRENT)
    engine = MeshEngine(model, fipy_mesh(read_triangles(geometry)))
    engine.initialise(dt)
    for _ in range(steps):
        verdict = engine.step(dt)
        assert verdict.accepted, verdict
        engine.accept()
    return engine


def thickness(engine, direction):
    """Of the lithium along a ray from the middle of the bump."""
    x, y = engine.box.coordinates()
    n, ξ = np.asarray(direction) / np.hypot(*direction), engine.owned("xi")
    near = (abs(x * n[1] - y * n[0]) < 0.35) & (x * n[0] + y * n[1] > RADIUS)
    along = x[near] * n[0] + y[near] * n[1] - RADIUS
    order = np.argsort(along)
    falling = np.polyfit(*_front(along[order], ξ[near][order]), 1)
    return (0.5 - falling[1]) / falling[0]


def _front(along, ξ):
    inside = abs(ξ - 0.5) < 0.4
    return along[inside], ξ[inside]


if __name__ == "__main__":
    for steps in (0, 10, 20):
        engine = plate(steps, 0.1)
        lithium = engine.grid.integral(engine.owned("xi"))
        print(
            f"t = {steps * 0.1:3.1f}: {engine.cells} cells, lithium {lithium:.4f} per width; "
            f"on the bump {thickness(engine, (0, 1)):.2f}, on its flank {thickness(engine, (1, 0.6)):.2f}"
        )
