"""PFHub benchmark 3a: a quarter of a dendrite grows into an undercooled melt.

τ(n) ∂φ/∂t = [φ − λU(1 − φ²)](1 − φ²) + ∇·(W(n)²∇φ) + ∂/∂x(|∇φ|²W ∂W/∂φ_x) + ∂/∂y(|∇φ|²W ∂W/∂φ_y) and
∂U/∂t = D∇²U + ½ ∂φ/∂t, with W = W₀a(n), τ = τ₀a(n)², a = 1 + ε cos 4θ. The terms with W together are the divergence
of A∇φ with A = ((W², −WW′), (WW′, W²)), W′ = dW/dθ. https://pages.nist.gov/pfhub/benchmarks/benchmark3.ipynb;
A. M. Jokisaari et al., Comput. Mater. Sci. 149 (2018) 336, doi:10.1016/j.commatsci.2018.03.015.

The whole benchmark has a box 960 wide, of which the dendrite takes the lower left third. `solve_whole` has larger cells
elsewhere, so it needs a tenth of the cells and minutes.

    python docs/examples/pfhub_3a.py
"""

import numpy as np
from fipy import DiffusionTerm, TransientTerm, Variable

import phasefield
from phasefield import Column, Field, Grid, LaggedField, Model, linearize
from phasefield.engines.compiled.engine import CompiledEngine
from phasefield.run.time_loop import Controller, march

SIDE, D, ε, Δ, RADIUS = 960.0, 10.0, 0.05, -0.3, 8.0  # W₀ = τ₀ = 1
λ = D / 0.6267
SAME, TURNED = Variable(value=((1.0, 0.0), (0.0, 1.0))), Variable(value=((0.0, -1.0), (1.0, 0.0)))


def anisotropy(gx, gy):
    """a and da/dθ of the direction of a gradient: cos 4θ = 1 − 8n_x²n_y², sin 4θ = 4n_x n_y(n_x² − n_y²)."""
    square = gx**2 + gy**2 + 1e-12
    return (1 + ε - 8 * ε * gx**2 * gy**2 / square**2, -16 * ε * gx * gy * (gx**2 - gy**2) / square**2)


def relaxation(fields, box):
    """τ = a², from the fields that the step expects."""
    gy, gx = np.gradient(fields["phi"])
    return anisotropy(gx, gy)[0] ** 2


class Dendrite(Model):
    """φ, 1 in the solid and −1 in the melt, and the temperature U, 0 at the melting point."""

    columns = (Column("Solid area", "m2"), Column("Tip position", "m"), Column("Free energy", "1"))
    auxiliary = (LaggedField("tau", relaxation),)
    fields = (
        Field("phi", "Phase", "1", lambda x: np.tanh((RADIUS - np.hypot(x[0], x[1])) / np.sqrt(2)), controls_step=True),
        Field("U", "Temperature", "1", lambda x: Δ + 0 * x[0], tolerance=1e-4),
    )

    def equations(self, v, dt):
        φ, U = v.phi, v.U
        a, turning = anisotropy(φ.faceGrad[0], φ.faceGrad[1])
        A = a**2 * SAME + a * turning * TURNED
        slope = (φ - λ * U * (1 - φ**2)) * (1 - φ**2)
        return {
            "phi": TransientTerm(coeff=v.tau, var=φ) == DiffusionTerm(A, var=φ) + linearize(slope, φ, U),
            "U": TransientTerm(var=U) - TransientTerm(0.5, var=φ) == DiffusionTerm(D, var=U),
        }

    def measure(self, fields):
        φ, U = fields.values("phi"), fields.values("U")
        gy, gx = np.gradient(φ)
        well = -0.5 * φ**2 + 0.25 * φ**4 + λ * U * φ * (1 - 2 / 3 * φ**2 + φ**4 / 5)
        density = well + 0.5 * anisotropy(gx, gy)[0] ** 2 * fields.squared_gradient("phi")
        energy = fields.integral(density)
        return {"Solid area": fields.integral(0.5 * (φ + 1)), "Tip position": position(fields), "Free energy": energy}

    def conserved(self, fields):
        return {"Heat": fields.mean("U") - 0.5 * fields.mean("phi")}


def position(fields):
    """Where φ = 0 along the lower side."""
    whole = fields.whole("phi")
    return 0.0 if whole is None else crossing(fields.coordinates()[0][0], whole[0])


def crossing(x, along):
    """Where φ along a line first changes its sign."""
    k = int(np.argmax(along < 0))
    return float(x[k - 1] + (x[k] - x[k - 1]) * along[k - 1] / (along[k - 1] - along[k]))


def solve(cell, end, output, side=SIDE):
    """The run in a box of equal cells; a smaller box will do while the heat does not reach its far sides."""
    n = round(side / cell)
    settings = ["time.tolerance=2e-3", "time.initial_step=1e-3 s", "output.snapshots=4"]
    return phasefield.simulate(Dendrite(), Grid((n, n), (side, side)), end, output, overrides=settings)


def widths(cell, equal, growth=1.1, largest=30.0):
    """Sizes of cells along a side: equal ones for a length, then each larger than the last, up to the end."""
    number, h = round(equal / cell), cell
    sizes = [cell] * number
    while sum(sizes) < SIDE:
        sizes.append(h := min(growth * h, largest))
    sizes = np.array(sizes)
    sizes[number:] *= (SIDE - number * cell) / sizes[number:].sum()
    return sizes


def solve_whole(cell, end=1500.0, equal=330.0, tolerance=2e-3):
    """Position of the tip, and solid area, at the end in the whole box; the dendrite must stay in the equal cells."""
    sizes = widths(cell, equal)
    engine = CompiledEngine(Dendrite(), (len(sizes), len(sizes)), (tuple(sizes), tuple(sizes)), order=2)
    march(engine, Controller(1e-3, tolerance), [end], ())
    φ = engine.owned("phi")
    tip = crossing(np.cumsum(sizes) - sizes / 2, φ[0])
    if tip > equal - 10:
        raise ValueError(f"the tip, at {tip:.0f}, has left the equal cells, which end at {equal:.0f}")
    return tip, float(np.sum(0.5 * (φ + 1) * np.outer(sizes, sizes)))


if __name__ == "__main__":
    tip, area = solve_whole(0.8)
    print(f"t = 1500: tip {tip:.2f}, solid area {area:.1f}")
