"""Meshes of triangles from Gmsh, on FiPy's engine, from scripts: a curved conductor, plating on a curved electrode."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from fipy import DiffusionTerm

from phasefield.engines.unstructured import MeshEngine, fipy_mesh
from phasefield.mesh.triangles import read_triangles
from phasefield.physics.common.model import Boundary, Field, Model
from tests import meshes
from tests.meshes import needs_gmsh
from tests.verification import compiled_support  # noqa: F401  PETSc is chosen before FiPy is imported

SCRIPT = Path(__file__).parents[2] / "docs" / "examples" / "curved_electrode.py"
QUARTER_RING = """
h = 0.1;
Point(1) = {0, 0, 0, h}; Point(2) = {1, 0, 0, h}; Point(3) = {3, 0, 0, h};
Point(4) = {0, 3, 0, h}; Point(5) = {0, 1, 0, h};
Line(1) = {2, 3}; Circle(2) = {3, 1, 4}; Line(3) = {4, 5}; Circle(4) = {5, 1, 2};
Curve Loop(1) = {1, 2, 3, 4}; Plane Surface(1) = {1};
Physical Curve("bottom") = {4}; Physical Curve("top") = {2}; Physical Surface("ring") = {1};
"""


class Conductor(Model):
    """Laplace's equation between u = 1 and u = 0."""

    fields = (Field("u", "u", "1", lambda x: 0 * x[0]),)

    def equations(self, v, dt):
        return {"u": DiffusionTerm(1.0, var=v.u) + v.inflow.u == 0.0}

    def gradient_fluxes(self, v):
        return {"u": v.u.faceGrad}

    def boundaries(self, v):
        return Boundary("u", "bottom", "value", 1.0), Boundary("u", "top", "value", 0.0)



@needs_gmsh
def test_conductor_between_circles(tmp_path):
    """u = ln(3/r)/ln 3 to 0.5 % in the mean square and 1 % at most, the flux through either circle 1/(r ln 3) to 2 %.

    FiPy's diffusion term does not correct for triangles that are askew.
    """
    path = tmp_path / "ring.geo"
    path.write_text(QUARTER_RING)
    engine = MeshEngine(Conductor(), fipy_mesh(read_triangles(path)))
    assert engine.step(1.0).accepted
    x, y = engine.box.coordinates()
    wrong = engine.owned("u") - np.log(3 / np.hypot(x, y)) / np.log(3)
    assert np.sqrt(np.mean(wrong**2)) < 0.005 and np.max(np.abs(wrong)) < 0.01
    assert engine.boundary_flux("u", "bottom") == pytest.approx(1 / np.log(3), rel=0.02)
    assert engine.boundary_flux("u", "top") == pytest.approx(-1 / (3 * np.log(3)), rel=0.02)


@needs_gmsh
def test_plating_on_a_bump(tmp_path):
    """All of the current becomes lithium, to 1e-7, and the bump gets more of it than its flank."""
    spec = importlib.util.spec_from_file_location("curved_electrode", SCRIPT)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    geometry = meshes.curved_deck(tmp_path, fine=0.3).with_name("curved_electrode.geo")
    engine, start = script.plate(5, 0.1, geometry), script.plate(0, 0.1, geometry)
    gained = engine.grid.integral(engine.owned("xi") - start.owned("xi"))
    assert gained == pytest.approx(0.5 * script.CURRENT, rel=1e-7)
    grown = [script.thickness(engine, d) - script.thickness(start, d) for d in ((0, 1), (1, 0.6))]
    assert grown[0] > 1.2 * grown[1] > 0.1
    assert engine.boundary_flux("phi", "top") == pytest.approx(script.CURRENT, rel=1e-9)
