"""Static equilibrium of a linear elastic solid with stress-free strains, at small strain."""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from mpi4py import MPI
from petsc4py import PETSc

from phasefield.engines.compiled.gmres import Gmres
from phasefield.engines.compiled.multigrid import Multigrid
from phasefield.engines.grid import Grid
from phasefield.engines.solver import failure
from phasefield.errors import PhasefieldError
from phasefield.mechanics.end import End
from phasefield.mechanics.resistance import Resistance
from phasefield.mechanics.single import Single
from phasefield.mechanics.staggered import Staggered

#: Residual of the balance of forces over that of the unstrained solid.
TOLERANCE = 1e-9


class NoEquilibrium(PhasefieldError):
    """The linear solver found no equilibrium of forces."""


@dataclass(frozen=True)
class Stress:
    """A state of equilibrium; arrays of the cells owned, with the axes (last, …, x).

    Attributes
    ----------
    displacements : list of ndarray [length]
        By axis, on the upper faces of the cells; the lower walls do not move.
    normal : list of ndarray [modulus]
        σ_xx, σ_yy, σ_zz by axis of the box; then those across it, in one and two dimensions.
    shear : dict of ndarray [modulus]
        σ_km by the pair of axes, from the mean strain of the edges around each cell.
    energy : ndarray [modulus]
        Density of the elastic energy.
    plates : tuple of float [length]
        Outward displacement of the upper end of each axis.
    iterations : int
        Of the linear solver.
    """

    displacements: list[np.ndarray]
    normal: list[np.ndarray]
    shear: dict[tuple[int, int], np.ndarray]
    energy: np.ndarray
    plates: tuple[float, ...]
    iterations: int

    @property
    def largest_principal(self) -> np.ndarray:
        """Largest eigenvalue of the stress tensor in each cell; tension is positive [modulus]."""
        return largest_principal(self.normal, self.shear)


def largest_principal(normal: Sequence[np.ndarray], shear: Mapping[tuple[int, int], np.ndarray]) -> np.ndarray:
    """Largest eigenvalue of a stress tensor in each cell, from its normal and shear components."""
    tensor = np.zeros((*normal[0].shape, 3, 3))
    for k, σ in enumerate(normal):
        tensor[..., k, k] = σ
    for (k, m), τ in shear.items():
        tensor[..., k, m] = tensor[..., m, k] = τ
    return np.linalg.eigvalsh(tensor)[..., -1]


class Elasticity:
    """The balance of forces of a box, and its solver.

    Plane strain in two dimensions, uniaxial strain in one: nothing is strained along axes that the box does not have.

    Parameters
    ----------
    grid : Grid
        Of equal cells, not periodic. The lower ends of all axes are fixed walls without friction.
    ends : sequence of End
        By axis: the upper end.
    tolerance : float [1]
        Of the forces that are left, relative to those before anything moves.

    Raises
    ------
    PhasefieldError
        The grid is periodic, or its cells differ.

    Notes
    -----
    A displacement is u_k = v_k + e_k x_k: v_k vanishes at both ends, and the mean strain e_k is an unknown of its own
    where the end is free. The system is symmetric; it is scaled by its diagonal, S A S with S = diag(A)^(−1/2), for
    contrasts of stiffness, and preconditioned by one V-cycle of a multigrid for one displacement after the other. GMRES
    works in single precision; corrections of its solution balance the forces in double precision. The solver starts
    from zero, so a solution depends on nothing but what is given for it.
    """

    def __init__(self, grid: Grid, ends: Sequence[End], tolerance: float = TOLERANCE):
        self.operators = Staggered(grid)
        self.grid, self.ends, dim = grid, tuple(ends), len(grid.box.shape)
        self.lengths = [grid.box.length(axis) for axis in range(dim)]
        self.free = [axis for axis, end in enumerate(self.ends) if end.free]
        self._cells = int(np.prod(grid.box.shape))
        self._blocks: list[Multigrid] = []
        for _ in range(dim):
            self._blocks.append(Multigrid(grid, self._blocks[0] if self._blocks else None))
        self._resistance = Resistance(self.operators)
        self._scale = np.zeros((dim, *grid.box.owned_shape))
        self._unscale = np.zeros_like(self._scale)  # one over that; 0 on walls, as the scale
        self._plate_scale = np.ones(len(self.free))
        self._size = dim * int(np.prod(grid.box.owned_shape))
        sizes = self._size + (len(self.free) if grid.comm.rank == 0 else 0), None
        self._operator = PETSc.Mat().createPython((sizes, sizes), context=self, comm=grid.comm)
        self._operator.setUp()
        self._tolerance = tolerance
        weakref.finalize(self, self._operator.destroy)

    def solve(self, lame, shear, stress_free) -> Stress:
        """Find the equilibrium. Collective.

        Parameters
        ----------
        lame, shear : ndarray of the cells owned [any unit of stress]
            Lamé's constants λ and μ of each cell; λ + 2μ/3 and μ are positive.
        stress_free : ndarray of the cells owned, or three of them [1]
            Strain that each cell would have by itself: the same along all axes, or by axis, first those of the box.

        Returns
        -------
        Stress

        Raises
        ------
        NoEquilibrium
            The linear solver fails.
        """
        self._prepare(lame, shear)
        o = self.operators
        inelastic = self._inelastic(stress_free)
        force = o.forces(inelastic[: o.dim], {pair: np.zeros_like(μ) for pair, μ in o.edges.items()})
        sums = self._sums(inelastic[: o.dim])
        system = self._single
        system.take()
        self._pack(system.residual, force, [-self.ends[axis].pressure * self._cells - sums[axis] for axis in self.free])
        reason, iterations = self._gmres.solve(self._tolerance, 1e-300)
        if reason <= 0:
            raise NoEquilibrium(f"no equilibrium of forces was found: {failure(reason)}")
        return self._state(*self._unpack(system.update), inelastic, iterations)

    @cached_property
    def _single(self) -> Single:
        return Single(self)

    @cached_property
    def _gmres(self) -> Gmres:
        return Gmres(self._single)

    def _krylov(self, directions: int, tolerance: float, most: int = 400) -> PETSc.KSP:
        """PETSc's FGMRES in double precision, for balances that are harder than an elastic one."""
        ksp = PETSc.KSP().create(self.grid.comm)
        ksp.setOperators(self._operator)
        ksp.getPC().setType("python")
        ksp.getPC().setPythonContext(self)
        ksp.setType("fgmres")
        ksp.setGMRESRestart(directions)
        ksp.setTolerances(rtol=tolerance, atol=1e-300, divtol=1e30, max_it=most)
        weakref.finalize(self, ksp.destroy)
        return ksp

    def _prepare(self, lame, shear, edges=None) -> None:
        """Take the moduli, and build the preconditioner."""
        self.operators.take(lame, shear, edges)
        self._precondition()

    def _precondition(self) -> None:
        """Scale the system of the present moduli by its diagonal, and build the multigrids."""
        self._resistance.take()
        for axis, (block, moves) in enumerate(zip(self._blocks, self.operators.moves, strict=True)):
            values, diagonal = self._resistance.block(axis)
            block.setup(values, range(values.shape[1]))
            root = np.sqrt(diagonal)
            self._scale[axis], self._unscale[axis] = moves / root, moves * root
        self._plate_scale = np.array([self._stiffness(axis) ** -0.5 for axis in self.free])

    def _inelastic(self, stress_free) -> list[np.ndarray]:
        """Normal stresses of the stress-free strains, by axis; they are to be added to those of the whole strain."""
        o = self.operators
        if np.ndim(stress_free) == o.dim:
            ε0 = o.extended(stress_free)
            return [-(2 * o.lame + o.modulus) * ε0] * 3  # 3λ + 2μ
        own = [o.extended(strain) for strain in stress_free]
        return [-σ for σ in o.normal(own)]

    def _state(self, v, e, inelastic, iterations: int) -> Stress:
        o = self.operators
        strains, slides = self._strains(v, e), o.shear_strains(v)
        λ, μ = o.own(o.lame), 0.5 * o.own(o.modulus - o.lame)
        strained = [*o.normal(strains), *[o.lame * sum(strains)] * (3 - o.dim)]  # nothing is strained along other axes
        normal = [o.own(σ + own) for σ, own in zip(strained, inelastic, strict=True)]
        tr = sum(normal)
        density = (sum(σ * σ for σ in normal) - λ / (3 * λ + 2 * μ) * tr * tr) / (4 * μ)
        for pair, τ in o.shear(slides).items():
            density += o.centred(0.5 * τ * slides[pair], pair)
        shear = {pair: μ * o.centred(γ, pair) for pair, γ in slides.items()}
        displacements, plates = self._moved(v, e)
        return Stress(displacements, normal, shear, density, plates, iterations)

    def _moved(self, v, e) -> tuple[list[np.ndarray], tuple[float, ...]]:
        """Displacements on the upper faces of the cells owned, and of the plates, from v in local arrays."""
        box, dim = self.grid.box, self.operators.dim
        moved = [0.0] * dim
        for axis, strain in zip(self.free, e, strict=True):
            moved[axis] = float(strain) * self.lengths[axis]
        displacements = []
        for axis in range(dim):
            faces = (np.arange(*box.owned[axis]) + 1) / box.shape[axis]
            shape = [1] * dim
            shape[-1 - axis] = -1
            displacements.append(v[axis][(slice(1, -1),) * dim] + moved[axis] * faces.reshape(shape))
        return displacements, tuple(moved)

    # -- callbacks of PETSc ----------------------------------------------------------------------------

    def mult(self, operator, x, y) -> None:
        """y = S A S x; the identity on the faces of upper walls."""
        self.times(x.getArray(True), y.array)

    def times(self, x: np.ndarray, y: np.ndarray) -> None:
        """The same for arrays. Collective."""
        strains, mean = self.mean_strains(x), np.zeros(len(self.ends))
        mean[self.free] = strains
        self._resistance.place(self._scale, self._parts(x), mean)
        self._resist(strains, y)
        for part, out, wall in zip(self._parts(x), self._parts(y), self._resistance.walls, strict=True):
            out[wall] = part[wall]

    def _resist(self, e, y: np.ndarray) -> None:
        """Write scaled forces on faces, and on plates with their casings, that `Resistance.u` needs. Collective."""
        self.resisted(self._resistance, self._scale, e, y)

    def resisted(self, resistance: Resistance, scale, e, y: np.ndarray) -> None:
        """The same of a resistance in either precision."""
        sums = resistance.times(scale, self._parts(y))
        if self.free:
            sums = self.grid.comm.allreduce(np.array(sums), MPI.SUM)
            self._pack_plates(y, [sums[k] + self._casing(k) * strain for k, strain in zip(self.free, e, strict=True)])

    def apply(self, preconditioner, x, y) -> None:
        """y ≈ (S A S)⁻¹ x: one displacement after the other, each with what the ones before it do to its faces."""
        self.relax(self._resistance, self._unscale, x.getArray(True), y.array)

    def relax(self, resistance: Resistance, unscale, x: np.ndarray, y: np.ndarray) -> None:
        """The same for arrays and a resistance in either precision, which then has the displacements. Collective."""
        parts = zip(self._blocks, self._parts(x), self._parts(y), strict=True)
        for axis, (block, right, found) in enumerate(parts):
            resistance.relieve(axis, right, unscale[axis], block.b)
            block.solve()
            resistance.spread(axis, block.u, unscale[axis], found)
            found[resistance.walls[axis]] = right[resistance.walls[axis]]
        y[self._size :] = x[self._size :]

    # -- vectors ---------------------------------------------------------------------------------------

    def _parts(self, array) -> np.ndarray:
        """The displacements in an array of all unknowns."""
        return array[: self._size].reshape(self.operators.dim, *self.grid.box.owned_shape)

    def _unpack(self, x) -> tuple[list[np.ndarray], np.ndarray]:
        """Local arrays of the displacements, and the mean strains, from scaled unknowns. Collective."""
        v = [self.operators.local(s * part) for s, part in zip(self._scale, self._parts(x), strict=True)]
        return v, self.mean_strains(x)

    def mean_strains(self, x) -> np.ndarray:
        """Mean strains from scaled unknowns. Collective."""
        if not self.free:
            return np.zeros(0)
        return self._plate_scale * self.grid.comm.bcast(x[self._size :].copy())

    def _pack(self, y, forces, plates) -> None:
        """Write scaled forces on faces and on plates."""
        for s, part, force in zip(self._scale, self._parts(y), forces, strict=True):
            np.multiply(s, force, out=part)
        self._pack_plates(y, plates)

    def _pack_plates(self, y, plates) -> None:
        if self.grid.comm.rank == 0:
            y[self._size :] = self._plate_scale * np.array(plates)

    def _strains(self, v, e) -> list[np.ndarray]:
        strains = self.operators.strains(v)
        for axis, strain in zip(self.free, e, strict=True):
            strains[axis] += strain
        return strains

    def _sums(self, normal) -> list[float]:
        """Sums of the normal stresses over all cells. Collective."""
        return list(self.grid.comm.allreduce(np.array([np.sum(self.operators.own(σ)) for σ in normal]), MPI.SUM))

    def _stiffness(self, axis: int) -> float:
        """Of the whole box against a strain along an axis. Collective."""
        o = self.operators
        return self.grid.comm.allreduce(float(np.sum(o.own(o.modulus)))) + self._casing(axis)

    def _casing(self, axis: int) -> float:
        """Of a plate's casing, in the same units."""
        return self._cells * self.ends[axis].stiffness * self.lengths[axis]
