"""Graded grids, the product of widths along each axis: matrix and right-hand side are FiPy's to 1e-12."""

import fipy
import numpy as np
import pytest
from fipy import DiffusionTerm, ImplicitSourceTerm, TransientTerm

from phasefield.engines.compiled import cache
from tests.verification.compiled_support import interpreted
from tests.verification.terms_support import GRADED, SHAPES, compare, scheme, tensor, vector

grids = pytest.mark.parametrize("grid", GRADED)


@pytest.fixture(autouse=True)
def python(monkeypatch):
    """Kernels are interpreted, not compiled."""
    monkeypatch.setattr(cache, "load", interpreted)


def check(equation, grid, ends=("bottom", "top")):
    compare(equation, SHAPES[grid], ends, seeds=(0, 1), spacing=GRADED[grid])


@grids
@pytest.mark.parametrize("name", ["CentralDifference", "Exponential", "Hybrid", "PowerLaw", "Upwind", "VanLeer"])
def test_convection(name, grid):
    """Péclet numbers by the distance of the cells, areas of faces, and van Leer's room in a cell."""

    def equation(v):
        return TransientTerm(var=v.u) + scheme(name)(vector(v), var=v.u) == DiffusionTerm(0.1, var=v.u)

    check(equation, grid)


@grids
@pytest.mark.parametrize("place", ["faces", "cells"])
def test_tensor_diffusion(place, grid):
    """Face means weighted by distance, and harmonic means of gradients."""

    def equation(v):
        return TransientTerm(var=v.u) == DiffusionTerm(tensor(v, place), var=v.u)

    check(equation, grid)


@grids
def test_means_and_gradients(grid):
    """Arithmetic and harmonic face values, both kinds of gradients, divergences, coordinates, given fluxes."""

    def equation(v):
        u, dim = v.u, v.u.mesh.dim
        face = u.harmonicFaceValue + 0.1 * fipy.numerix.arctan(u.faceGrad.dot(v.s0.faceGrad))
        flux = (v.s0.faceValue * u.faceGrad).divergence
        gradient = u.grad[0] * v.s0.grad[dim - 1] + u.mesh.cellCenters[dim - 1]
        source = ImplicitSourceTerm(v.s1, var=u)
        return TransientTerm(1 + v.s0, var=u) + source == DiffusionTerm(face, var=u) + flux + gradient + v.inflow.u

    check(equation, grid)


def test_widths_all_equal_are_one_number():
    """An array of equal widths is the uniform grid."""

    def equation(v):
        return TransientTerm(var=v.u) == DiffusionTerm(1.0, var=v.u)

    compare(equation, (5,), spacing=(np.full(5, 0.3),))
