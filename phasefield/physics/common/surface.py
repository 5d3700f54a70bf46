r"""A diffuse interface as a surface: its area per volume, and the values that fields have on it.

Let ξ be 1 in the metal and 0 in the electrolyte, :math:`\xi(1-\xi)/\delta = |\nabla\xi|` as on the equilibrium profile,
x the distance from the surface ξ = ½ into the electrolyte, and :math:`n = -\nabla\xi/|\nabla\xi|`. Charge, or a
dissolved species, is taken up at the rate ∂ξ/∂t and reaches the surface by a conductivity σ(1 − ξ). Alone, this gives
its potential f the same slope G far into the metal, where f has no meaning. With the flux

.. math:: j = \delta\,\partial_t\xi\;n

of what is taken up (it moves the uptake outwards by about δ, and adds nothing to it), the slope is G(1 − ξ): f ends in
the metal at the value of the surface, and

.. math:: f = f_s + G\delta\ln(1 + e^{x/\delta}) = f_s - G\,\delta\ln\xi .

So a cell sees the surface through an electrolyte of the thickness :math:`-\delta\ln\xi \ge 0`: its *reach*. Charge
transfer at the surface is, in each cell, in series with the resistance reach/σ; all cells of the interface then have
the same current density, whatever the profile is used for, and the equations stay monotone. Decision record 030 has
the derivation, the alternatives and what was measured. A flux like j is known from solidification as antitrapping
current: Karma, Phys. Rev. Lett. 87 (2001) 115701, doi:10.1103/PhysRevLett.87.115701.

The profile is kept by the flux :math:`M(\nabla\xi + \xi(1-\xi)/\delta\;n)`, which vanishes on it whatever its shape:
it neither plates lithium nor acts as capillarity (:func:`sharpening`; Chiu & Lin, J. Comput. Phys. 230 (2011) 185,
doi:10.1016/j.jcp.2010.09.021). n is taken from the distance :math:`\delta\ln(\xi/(1-\xi))`, which is linear through the
profile (Jain, J. Comput. Phys. 469 (2022) 111529, doi:10.1016/j.jcp.2022.111529).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from fipy import CentralDifferenceConvectionTerm
from fipy.tools import numerix

from phasefield.physics.common.energy import cubic_normal, δ
from phasefield.physics.common.model import LaggedField

#: ξ(1 − ξ) below which a slope of ξ is no surface.
TAIL = 1e-3
#: Weight of (δ/R)² by which a ridge of radius R weakens the outward flux; in a thin finger it would reverse the uptake.
RIDGE = 4.0
#: Slope of the equilibrium profile over that of ξ, below which a cell hardly counts as surface.
STEEP = 0.2
#: ξ below which the reach does not grow.
FAR = 1e-3
#: Area per volume [1/δ_PF] below which a cell has no surface: less than 1e-8 of the current is left out.
NEGLIGIBLE = 1e-8
#: Size of ∇ξ [1/δ_PF] below which it has no direction.
FLAT = 1e-6
#: Slope of the distance δ ln(ξ/(1 − ξ)) below which it has no direction.
NO_DISTANCE = 0.03
#: Smallest concentration at the surface over that of the cell: it stays positive where the extrapolation does not.
LEAST = 0.01


def _is_surface(ξ):
    """About 1 on the interface, 0 in its tails, so that no reaction begins where the tail of ξ is all there is."""
    q = ξ * (1 - ξ)
    return q * q / (q * q + TAIL**2)


def _weights() -> tuple[float, float]:
    """a and b of the area |∇ξ|(a + bq) of what :func:`_is_surface` leaves, q = ξ(1 − ξ).

    With them ∫area dx = 1, and 6δ∫area dξ = 1: a front carries its current and moves with it, and nothing distorts it.
    """
    ξ = (np.arange(1_000_000) + 0.5) / 1_000_000
    q, left = ξ * (1 - ξ), _is_surface(ξ)
    integrals = [[np.mean(left * f * q**k) for k in (0, 1)] for f in (1, 6 * q)]
    return tuple(np.linalg.solve(integrals, [1.0, 1.0]))


_WEIGHTS = _weights()


def predicted(field: str) -> LaggedField:
    """The field as it is expected at the end of the step, named ``predicted_`` and its name."""
    return LaggedField(f"predicted_{field}", lambda fields, _: fields[field].copy(), settles=True)


def mirrored(field: str, free: str) -> LaggedField:
    """As :func:`predicted`; beside the cells that the static field ``free`` marks with 1, the mean of their values.

    In the other cells, as in a coating, the field has no meaning. There it is that of the front which meets them at a
    right angle.
    """

    def values(fields, _):
        return _mirror(fields[field], fields[free])

    return LaggedField(f"predicted_{field}", values, settles=True)


def _mirror(values, free):
    """Values of the cells that are free; in others the mean of the neighbours that are, if there are any."""
    total, number = np.zeros_like(values), np.zeros_like(values)
    for axis in range(values.ndim):
        low, high = ((slice(None),) * axis + (part,) for part in (slice(None, -1), slice(1, None)))
        for here, there in ((low, high), (high, low)):
            total[here] += (free * values)[there]
            number[here] += free[there]
    return np.where((free == 0) & (number > 0), total / np.maximum(number, 1.0), values)


@dataclass(frozen=True)
class Surface:
    """The interface of an order parameter: FiPy variables, or arrays.

    Attributes
    ----------
    ξ : fipy.CellVariable or ndarray [1]
    gradient : fipy.CellVariable of rank 1, or ndarray of shape (dimensions, ...) [1/δ_PF]
        ∇ξ.
    cell : float [δ]
        Cell size h; 0 leaves out the correction of the area for a mesh. Central differences make
        ξ(1 − ξ)/δ · 2t/h / [1 − t²(1 − 2ξ)²], t = tanh(h/2δ), of the tanh profile: too little by 2 % at four cells per
        width.
    walls : bool
        Whether a slope that is much steeper than the profile's counts, as in metal beside a wall of one cell. In a salt
        it must not: the area would follow the last digits of ξ there, and swing from step to step.
    """

    ξ: Any
    gradient: Any
    cell: float = 0.0
    walls: bool = True

    @property
    def steepness(self):
        """|∇ξ| [1/δ_PF]."""
        return numerix.sqrt(_dot(self.gradient, self.gradient) + FLAT**2)

    @property
    def area(self):
        """Area per volume [1/δ_PF]; its integral through an interface is 1."""
        t = math.tanh(self.cell / 2)
        ξ, steep = self.part, self.steepness
        on_mesh = self.cell / (2 * t) * (1 - (t * (1 - 2 * ξ)) ** 2) if self.cell else 1.0
        a, b = _WEIGHTS
        q = ξ * (1 - ξ)
        area = steep * on_mesh * _is_surface(ξ) * (a + b * q)
        return area if self.walls else area * (1 + STEEP**4) * q**4 / (q**4 + (STEEP * δ * steep) ** 4)

    @property
    def exists(self):
        """1 where a cell has a surface, 0 elsewhere."""
        return 0.5 + 0.5 * numerix.sign(self.area - NEGLIGIBLE)

    @property
    def reach(self):
        """−δ ln ξ [δ_PF]: thickness of electrolyte through which a cell sees the surface."""
        ξ = self.part
        return -0.5 * δ * numerix.log(ξ * ξ + FAR**2)

    @property
    def part(self):
        """ξ between 0 and 1: beyond, there is no surface."""
        return 0.5 * (np.absolute(self.ξ) + 1 - np.absolute(self.ξ - 1))

    def value(self, f, gradient):
        """f at the surface, from f and ∇f in each cell: f − reach n·∇f/(1 − ξ)."""
        slope = -1 * (_dot(self.gradient, gradient) / self.steepness)
        metal, electrolyte = self.part, 1 - self.part
        return f + 0.5 * δ * numerix.log(metal * metal + FAR**2) * electrolyte * slope / (electrolyte**2 + FAR**2)

    def concentration(self, c, gradient):
        """The same of a concentration, and positive."""
        found = self.value(c, gradient)
        return 0.5 * (found + numerix.sqrt(found * found + (2 * LEAST * c) ** 2))


def surface_in_step(before, gradient, expected, lag, cell=0.0) -> Surface:
    """The surface between the start and the end of a step.

    Parameters
    ----------
    before, expected : fipy.CellVariable [1]
        Order parameter at the start, and as predicted for the end.
    gradient : fipy.CellVariable of rank 1 [1/δ_PF]
        That of ``before``.
    lag : float or fipy.Variable [1]
        0 at the end, 1 at the start.
    cell : float [δ]
        As in `Surface`.
    """
    slope = expected.grad
    return Surface(expected + lag * (before - expected), slope + lag * (gradient - slope), cell)


def electrolyte(ξ, floor):
    """Weight s = (1 − ξ) + ε of the electrolyte in a cell; ε where ξ exceeds 1, so that nothing conducts negatively."""
    part = 1 - ξ
    return 0.5 * (part + np.absolute(part)) + floor


def outward_uptake(ξ, predicted, dt, ridges=1, through=1.0):
    """∇·j of the flux j = δ ∂ξ/∂t n: what a cell takes up less than ∂ξ/∂t; 0 in the sum over the box.

    Parameters
    ----------
    ξ : fipy.CellVariable [1]
        Order parameter.
    predicted, ridges, through
        As for :func:`outwards`.
    dt : fipy.Variable [1]
    """
    per_change = outwards(predicted, ridges, through) / dt
    return CentralDifferenceConvectionTerm(per_change, var=ξ) - (ξ.old.faceValue * per_change).divergence


def outwards(predicted, ridges=1, through=1.0):
    """δn on faces [δ_PF]: the flux that moves an uptake outwards, over the uptake.

    Parameters
    ----------
    predicted : fipy.CellVariable [1]
        Order parameter as predicted for the end of the step, for n.
    ridges : int
        1 if the flux is to be weaker on ridges of the metal; −1 if in its valleys, for what the metal's side takes up:
        u = ∂ξ/∂t + ∇·j; 0 if nowhere. On triangles the curvature is too rough for that.
    through : fipy.FaceVariable or float [1]
        0 on faces that the flux does not cross, 1 on others.
    """
    slope = predicted.faceGrad
    found = -1 * δ * slope / numerix.sqrt(slope.dot(slope) + FLAT**2)
    if ridges:
        bend = ridges * found.divergence
        ridge = 0.5 * (bend + np.absolute(bend))  # δ/R of convex metal
        found = found / (1 + RIDGE * (ridge * ridge).faceValue)
    return found * through


def sharpening(ξ, cell=0.0, through=1.0):
    """∇·(ξ(1 − ξ)/δ · −n), which ∇²ξ balances on an equilibrium profile of any shape [1/δ_PF²].

    Parameters
    ----------
    ξ : fipy.CellVariable [1]
    cell : float [δ]
        Cell size h. ∇ξ of the profile is tanh(h n/2δ)/h · [ξ₁(1 − ξ₂) + ξ₂(1 − ξ₁)] on the face between two cells,
        whatever the direction; 0 for the continuum.
    through : fipy.FaceVariable or float [1]
        0 on faces that the flux does not cross, 1 on others.

    Notes
    -----
    The distance has a slope s of 1 on the profile, and of less where it is too wide. n is s(1 + s²)/(1 + s³) long: more
    than s below 1, so that the flux sharpens, and s itself for s → 0. There, on the ridge of lithium that is thinner
    than the profile, a unit vector along the ridge would concentrate it into beads; this one leaves it as it is.
    """
    mean, of_squares = ξ.faceValue, (ξ * ξ).faceValue
    between = 2 * (mean - 2 * mean * mean + of_squares)
    slope = _distance(ξ).faceGrad
    s = numerix.sqrt(slope.dot(slope))
    inward = slope * (1 + s**2) / (1 + s**3)
    steepness = numerix.tanh(0.5 * cell * inward) / (cell * δ) if cell else inward / (2 * δ)
    return (steepness * between * through).divergence


def curvature(ξ, anisotropy=0.0):
    """−∇·n′ of the unit normal into the metal, weighted by the anisotropic energy [1/δ_PF]; at most 1/δ.

    Parameters
    ----------
    ξ : fipy.CellVariable [1]
    anisotropy : float [1]
        ε of :func:`phasefield.physics.common.energy.cubic_normal`.

    Returns
    -------
    fipy.CellVariable
        Positive where the metal is convex.
    """
    inward = _inward(ξ)
    if anisotropy:
        factors = cubic_normal([inward[i] ** 2 for i in range(ξ.mesh.dim)], anisotropy)
        inward = normal_part(factors, ξ.mesh) * inward
    found = -1 * inward.divergence
    return found / numerix.sqrt(1 + (δ * found) ** 2)


def normal_part(factors, mesh):
    """The factor of a face's own axis: a diagonal tensor, face by face.

    On a face normal to axis i only the i-th component of a flux counts, so a scalar per face holds it on a grid.
    """
    return sum(factor * n**2 for factor, n in zip(factors, mesh.faceNormals, strict=True))


def _inward(ξ):
    """Unit normal into the metal, on faces."""
    slope = _distance(ξ).faceGrad
    return slope / numerix.sqrt(slope.dot(slope) + NO_DISTANCE**2)


def _distance(ξ):
    """δ ln(ξ/(1 − ξ)), bounded in the tails [δ_PF]."""
    metal, electrolyte = ξ * ξ + FAR**2, (1 - ξ) ** 2 + FAR**2
    return 0.5 * δ * (numerix.log(metal) - numerix.log(electrolyte))


def _dot(one, other):
    """Scalar product of two vectors in each cell."""
    return one.dot(other) if hasattr(one, "mesh") else np.sum(one * other, axis=0)
