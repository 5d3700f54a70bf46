r"""Power-law creep of an elastic solid, in steps of implicit Euler.

.. math::

   \dot\varepsilon^{in} = \tfrac32 A\,q^{m-1} s, \qquad q = \sqrt{\tfrac32 s:s},

s the deviator of σ. In a step, the stress without further creep has the size q_t, and the stress after it is r = q/q_t
times as large, with q + 3μΔtA q^m = q_t: one monotone equation for each cell. An edge is in series with its four cells:
its shear strain γ is ργ in a cell of the secant modulus μr, where ρ is the harmonic mean of the four moduli over it. So
a plate that does not creep holds the lithium beside it, and a void does not. With ρ of the last step, the step is the
minimum of an energy of the normal strains in each cell and of the mean of (ργ)² over its edges, and Newton's matrix is
symmetric. Newton's method starts from a linear prediction in time, and halves a change that makes the forces larger:
without both it fails for exponents such as lithium's.

The return map is that of J. C. Simo, T. J. R. Hughes, Computational Inelasticity, Springer 1998, ch. 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from mpi4py import MPI

from phasefield.engines.grid import Grid
from phasefield.engines.solver import failure
from phasefield.mechanics.elasticity import Elasticity, NoEquilibrium, Stress
from phasefield.mechanics.end import End
from phasefield.mechanics.staggered import Pair

#: Forces that are left over those of the stresses, at which Newton's method ends, and its most iterations.
CONVERGED, MOST = 1e-8, 40
#: The same of the linear solver, within an iteration of Newton's method; its most iterations, and when it restarts.
LINEAR, LINEAR_MOST, RESTART = 1e-3, 3000, 100
#: How often a change is halved at most.
HALVINGS = 12


def flow(trial, factor, exponent: float):
    """Solve q + factor q^exponent = trial in each cell, and give dq/dtrial, too.

    Newton's method from above: the function is convex and grows, so that it falls to the solution without a swing.

    Parameters
    ----------
    trial : ndarray
        Not negative.
    factor : ndarray
        Not negative.
    exponent : float
        1 or more.

    Returns
    -------
    q, slope : ndarray
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        q = np.fmin(trial, (trial / factor) ** (1 / exponent))
        for _ in range(100):
            excess = q + factor * q**exponent - trial
            change = excess / (1 + factor * exponent * q ** (exponent - 1))
            q = np.maximum(q - change, 0.0)
            if not np.any(np.abs(change) > 1e-14 * trial):
                break
    return q, 1 / (1 + factor * exponent * q ** (exponent - 1))


@dataclass
class _Trial:
    """Elastic strains at displacements, and what creep leaves of their stress.

    Attributes
    ----------
    deviator : list of ndarray
        Of the normal strains, by the three axes; cells and one more at the upper ends.
    slides : dict of ndarray
        Shear strains on edges.
    square : ndarray
        Their scalar product in the cells owned.
    left, slope : ndarray
        r and dq/dq_t in the cells owned.
    left_in_cells : ndarray
        r in cells and one more at the upper ends.
    on_edges : dict of ndarray
        Secant modulus of the shear strain.
    """

    deviator: list[np.ndarray]
    slides: dict[Pair, np.ndarray]
    square: np.ndarray
    left: np.ndarray
    slope: np.ndarray
    left_in_cells: np.ndarray
    on_edges: dict[Pair, np.ndarray]


class Creep(Elasticity):
    """An elastic solid that creeps, its balance of forces, and its strains at the end of the last step.

    Parameters
    ----------
    grid, ends
        As for :class:`phasefield.mechanics.Elasticity`.
    exponent : float
        m, 1 or more.

    Attributes
    ----------
    strains : list of ndarray [1]
        Creep strain along the three axes, in the cells owned; its sum is 0.
    slides : dict of ndarray [1]
        Shear strain of creep on edges, by the pair of axes.
    """

    def __init__(self, grid: Grid, ends: Sequence[End], exponent: float):
        super().__init__(grid, ends, LINEAR)
        if not exponent >= 1:
            raise ValueError(f"the exponent of creep cannot be {exponent}")
        self.exponent = exponent
        self._ksp = self._krylov(RESTART, LINEAR, LINEAR_MOST)
        o, shape = self.operators, grid.box.owned_shape
        self.strains = [np.zeros(shape) for _ in range(3)]
        self._local = [np.zeros([n + 2 for n in shape]) for _ in range(o.dim)]
        self.slides = o.shear_strains(self._local)
        self._now = np.zeros(self._size + len(self.free))  # displacements and strains of plates, not scaled
        self._change, self._before = np.zeros_like(self._now), 0.0
        self._trial: _Trial
        self._factor, self._left = np.zeros(shape), np.ones(shape)

    def step(self, lame, shear, rate, dt: float, pressures: Sequence[float] | None = None, stress_free=0.0) -> Stress:
        """Creep for a time, and find the equilibrium at its end. Collective.

        Parameters
        ----------
        lame, shear : ndarray of the cells owned [unit of stress]
            Lamé's constants.
        rate : ndarray of the cells owned [1/time/stress^m]
            A; 0 where nothing creeps.
        dt : float [time]
            0 for an elastic change.
        pressures : sequence of float [unit of stress], optional
            Of the ends by axis, in place of those that they have.
        stress_free : ndarray of the cells owned [1]
            Strain, the same along all axes, that each cell would have by itself.

        Returns
        -------
        Stress

        Raises
        ------
        NoEquilibrium
            Newton's method or its linear solver fails; the strains are those before the step.
        """
        o = self.operators
        o.take(lame, shear)
        self._factor = 3 * np.asarray(shear) * dt * np.asarray(rate)
        self._pressures = [end.pressure for end in self.ends] if pressures is None else list(pressures)
        self._shear = np.asarray(shear, float)
        self._secant = self._shear * self._left
        self._edges, elastic = self._in_series(self._secant), self._in_series(self._shear)
        self._grown = [o.extended(strain) for strain in self.strains]
        self._swollen = o.extended(3 * stress_free + np.zeros(self.grid.box.owned_shape))
        at = self._now + (self._change * (dt / self._before) if self._before and dt else 0.0)
        at, iterations = self._newton(at, lame, shear)
        t = self._trial
        self.strains = [
            old + (1 - t.left) * o.own(deviator) for old, deviator in zip(self.strains, t.deviator, strict=True)
        ]
        for pair, γ in t.slides.items():
            left = np.divide(t.on_edges[pair], elastic[pair], out=np.ones_like(γ), where=elastic[pair] > 0)
            self.slides[pair] = self.slides[pair] + (1 - left) * γ
        self._left = t.left
        self._change, self._now, self._before = at - self._now, at, dt
        return self._found(at, iterations)

    # -- Newton's method -------------------------------------------------------------------------------

    def _newton(self, at, lame, shear):
        o = self.operators
        right, x = self._operator.createVecs()
        try:
            residual, size = self._residual(at)
            for _ in range(MOST):
                left = self._trial.left
                o.take(lame + 2 / 3 * shear * (1 - left), shear * left)  # of the secant, for the preconditioner only
                o.edges = self._trial.on_edges
                self._precondition()
                o.take(lame, shear)
                if self._norm(residual) <= CONVERGED * self._norm(size):
                    return at, self._ksp.getIterationNumber()
                self._pack(right.array, *self._split(-residual))
                self._ksp.solve(right, x)
                if (reason := self._ksp.getConvergedReason()) <= 0:
                    raise NoEquilibrium(f"no equilibrium of forces was found: {failure(reason)}")
                at, residual, size = self._searched(at, self._flat(*self._unpack(x.array)), residual)
            raise NoEquilibrium("no equilibrium of forces was found: Newton's method does not end")
        finally:
            right.destroy()
            x.destroy()

    def _searched(self, at, change, residual):
        """The state after a change, halved until the forces that are left have become smaller."""
        norm = self._norm(residual)
        for k in range(HALVINGS):
            new = at + change / 2**k
            found, size = self._residual(new)
            if self._norm(found) < norm * (1 - 1e-4 / 2**k):
                return new, found, size
        raise NoEquilibrium("no equilibrium of forces was found: Newton's method makes no progress")

    def _residual(self, at):
        """Forces that are left, and the size of those that the stresses exert. Collective."""
        o = self.operators
        v, e = self._local_of(at)
        normal, shear = self._stress(v, e)
        forces, plates = self._forces(normal, shear, e)
        given = [self._pressures[axis] * self._cells for axis in self.free]
        sizes = [np.abs(o.own(σ)) / h * moves for σ, h, moves in zip(normal, o.h, o.moves, strict=False)]
        left = [force + there for force, there in zip(plates, given, strict=True)]
        pressed = [abs(force) + abs(there) for force, there in zip(plates, given, strict=True)]
        return self._flat(forces, left), self._flat(sizes, pressed)

    def _stress(self, v, e):
        """Normal stresses in cells and shear stresses on edges, after the creep of the step. Collective."""
        o = self.operators
        strains = self._strains(v, e)
        tr = sum(strains)
        whole = [*strains, *[np.zeros_like(tr)] * (3 - o.dim)]
        deviator = [ε - grown - tr / 3 for ε, grown in zip(whole, self._grown, strict=True)]
        slides = {pair: γ - self.slides[pair] for pair, γ in o.shear_strains(v).items()}
        square = self._product(deviator, slides, deviator, slides)
        trial = np.sqrt(6 * square) * self._shear
        q, slope = flow(trial, self._factor, self.exponent)
        left = np.divide(q, trial, out=np.ones_like(q), where=trial > 0)
        slope = np.where(trial > 0, slope, 1.0)
        self._trial = _Trial(deviator, slides, square, left, slope, o.extended(left), self._on_edges(left))
        return self._sum(tr - self._swollen, deviator, slides)

    def _resist(self, e, y):
        """Newton's matrix: the consistent tangent. The moduli of `Resistance` are secants, to precondition it."""
        o, t, v = self.operators, self._trial, list(self._resistance.u)
        strains, slides = o.strains(v), o.shear_strains(v)
        tr = sum(strains)
        whole = [*strains, *[np.zeros_like(tr)] * (3 - o.dim)]
        deviator = [ε - tr / 3 for ε in whole]
        along = self._product(t.deviator, t.slides, deviator, slides)
        bent = np.divide((t.slope - t.left) * along, t.square, out=np.zeros_like(along), where=t.square > 0)
        cells, edges = o.extended(bent), self._on_edges(bent)
        normal, shear = self._sum(tr, deviator, slides)
        twice = o.modulus - o.lame
        for k in range(o.dim):
            normal[k] = normal[k] + twice * cells * t.deviator[k]
        slid = {pair: τ + edges[pair] * t.slides[pair] for pair, τ in shear.items()}
        self._pack(y, *self._forces(normal, slid, e))

    def _forces(self, normal, shear, e):
        """Forces of a stress on faces, and on plates with their casings. Collective."""
        sums = self._sums(normal)
        plates = [sums[axis] + self._casing(axis) * strain for axis, strain in zip(self.free, e, strict=True)]
        return [-f for f in self.operators.forces(normal, shear)], plates

    def _sum(self, tr, deviator, slides):
        """K tr ε + 2μ r e of the axes of the box, and the shear stress."""
        o, t = self.operators, self._trial
        twice = o.modulus - o.lame
        pressure = (o.lame + twice / 3) * tr
        normal = [pressure + twice * t.left_in_cells * e for e in deviator[: o.dim]]
        return normal, {pair: t.on_edges[pair] * γ for pair, γ in slides.items()}

    def _product(self, one, slides, other, other_slides):
        """e : e of two strains in the cells owned."""
        o = self.operators
        found = sum(o.own(a) * o.own(b) for a, b in zip(one, other, strict=True))
        for pair, γ in slides.items():
            found = found + 0.5 * o.centred(self._edges[pair] ** 2 * γ * other_slides[pair], pair) / self._secant**2
        return found

    def _on_edges(self, cells):
        """Modulus of the shear strain on edges, from the part r of that of the cells owned. Collective."""
        o = self.operators
        held = o.local(self._shear * cells / self._secant**2)
        return {pair: self._edges[pair] ** 2 * o.on_edges(held, pair) for pair in o.pairs}

    def _in_series(self, moduli):
        """Harmonic mean of the four cells of each edge; 0 in walls. Collective."""
        o = self.operators
        with np.errstate(divide="ignore"):
            softness = 1 / o.local(moduli)
        return {pair: 1 / o.on_edges(softness, pair) for pair in o.pairs}

    def _found(self, at, iterations: int) -> Stress:
        o, t = self.operators, self._trial
        v, e = self._local_of(at)
        μ = self._shear
        K = o.own(o.lame) + 2 / 3 * μ
        tr = o.own(sum(self._strains(v, e)) - self._swollen)
        normal = [K * tr + 2 * μ * t.left * o.own(d) for d in t.deviator]
        shear = {pair: o.centred(t.on_edges[pair] * γ, pair) for pair, γ in t.slides.items()}
        energy = 0.5 * K * tr**2 + μ * t.left**2 * t.square
        displacements, plates = self._moved(v, e)
        return Stress(displacements, normal, shear, energy, plates, iterations)

    # -- flat arrays of displacements, and of what belongs to plates --------------------------------------

    def _flat(self, faces, plates):
        inner = (slice(1, -1),) * self.operators.dim
        own = [u if u.shape == self.grid.box.owned_shape else u[inner] for u in faces]
        return np.concatenate([np.ravel(own), plates])

    def _split(self, flat):
        return list(self._parts(flat)), list(flat[self._size :])

    def _local_of(self, flat):
        """Local arrays of displacements, and the mean strains. Collective."""
        return [self.operators.local(part) for part in self._parts(flat)], flat[self._size :]

    def _norm(self, flat) -> float:
        """Size of forces, scaled as in the linear system. Collective."""
        faces, plates = self._split(flat)
        mine = sum(float(np.sum((s * f) ** 2)) for s, f in zip(self._scale, faces, strict=True))
        total = self.grid.comm.allreduce(mine, MPI.SUM)
        return float(np.sqrt(total + np.sum((self._plate_scale * np.array(plates)) ** 2)))
