"""Z. Hong and V. Viswanathan's model of plating by a grand potential, ACS Energy Lett. 3 (2018) 1737, in one dimension.

∂ξ/∂t = −L[2Wξ(1 − ξ)(1 − 2ξ) − κ∇²ξ] − L_s h′(ξ) {e^(Aφ/2) − 14.89 c_l (1 − h) e^(−Aφ/2)},
∂n/∂t = ∇·M c_l (1 − h)² ∇(w + Aφ), with the lithium n = (1 − h) c_l + h r c_s and c = 1/(1 + e^(ε − w)),
∇·[σ_e h + σ_l (1 − h)]∇φ = k ∂ξ/∂t. Lengths in µm, times in s, φ in V; W, κ, L, L_s as in the authors' MOOSE input (a
copy: https://github.com/bdliangxy/dendrite, problems/main, "formulas not changed"), without its noise.
doi:10.1021/acsenergylett.8b01009. What it shows and what it cannot: docs/explanation/published_models.md.

    python docs/examples/hong_2018.py
"""

import numpy as np
from fipy import DiffusionTerm, TransientTerm
from fipy.tools import numerix

import phasefield
from phasefield import Boundary, Column, Field, Grid, Model, linearize

W, κ, L, L_s, A, M = 2.4, 0.3, 6.25, 0.001, 38.69, 317.9
σ_e, σ_l, k = 1e6, 1.19, 0.0074
ε_l, ε_s, r = 2.631, -13.8, 5.5


def share(w, ε):
    """Occupied share of the sites of a phase."""
    return 1 / (1 + numerix.exp(ε - w))


def h(ξ):
    """Share of the metal."""
    return ξ**3 * (6 * ξ**2 - 15 * ξ + 10)


def lithium(ξ, w):
    """n, in units of the electrolyte's sites; a slope of 1e-5 lets w of the full metal have a value."""
    return (1 - h(ξ)) * share(w, ε_l) + h(ξ) * r * (share(w, ε_s) + 1e-5 * w)


class Hong(Model):
    """Metal (ξ = 1) at the bottom, at a voltage; the electrolyte's top is at zero, and its salt is kept there.

    `width` is that of the interface [µm], at the same interface energy; the authors have 1. `uniform`, a test of the
    equations: φ is the voltage everywhere.
    """

    length_scale = 1e-6
    columns = (Column("Front", "m"), Column("Metal", "m"), Column("Lithium", "m"), Column("Current", "A/m2"))

    def __init__(self, voltage: float = -0.45, width: float = 1.0, uniform: bool = False, front: float = 20.0,
                 size: float = 200.0):  # fmt: skip
        super().__init__()
        self.voltage, self.width, self.uniform, self.front, self.size = voltage, width, uniform, front, size
        self.fields = (
            Field("xi", "Metal", "1", self.metal, lower=-0.1, upper=1.1, controls_step=True),
            Field("n", "Lithium", "1", lambda x: lithium(self.metal(x), 0 * x[-1])),
            Field("w", "Chemical potential", "RT", lambda x: 0 * x[-1], tolerance=1e-2),
            Field("phi", "Potential", "V", lambda x: voltage * (1 if uniform else self.metal(x)) + 0 * x[-1]),
        )

    def metal(self, x):
        """ξ at the start."""
        return 0.5 * (1 - np.tanh(2 * (x[-1] - self.front) / self.width))

    def equations(self, v, dt):
        ξ, n, w, φ = v.xi, v.n, v.w, v.phi
        c, slope = share(w, ε_l), 30 * ξ**2 * (1 - ξ) ** 2
        transfer = numerix.exp(A * φ / 2) - 14.89 * c * (1 - h(ξ)) * numerix.exp(-A * φ / 2)
        well = 2 * W / self.width * ξ * (1 - ξ) * (1 - 2 * ξ)
        charge = 0.0 if self.uniform else TransientTerm(k, var=ξ)
        mobility = M * c * (1 - h(ξ)) ** 2
        return {
            "xi": TransientTerm(var=ξ)
            == DiffusionTerm(L * κ * self.width, var=ξ) - linearize(L * well + L_s * slope * transfer, ξ, w, φ),
            "n": TransientTerm(var=n) == DiffusionTerm(mobility, var=w) + DiffusionTerm(A * mobility, var=φ),
            "w": linearize(n - lithium(ξ, w), n, ξ, w) == 0.0,
            "phi": DiffusionTerm(σ_e * h(ξ) + σ_l * (1 - h(ξ)), var=φ) == charge,
        }

    def boundaries(self, v):
        top = self.voltage if self.uniform else 0.0
        return (Boundary("phi", "bottom", "value", self.voltage), Boundary("phi", "top", "value", top),
                Boundary("w", "top", "value", 0.0))  # fmt: skip

    def measure(self, fields):
        ξ, φ, x = fields.values("xi"), fields.values("phi"), fields.coordinates()[-1] * 1e6
        last = np.flatnonzero(ξ > 0.5)[-1]
        front = x[last] + (ξ[last] - 0.5) / (ξ[last] - ξ[last + 1]) * (x[1] - x[0])
        return {
            "Front": front * 1e-6,
            "Metal": fields.integral("xi"),
            "Lithium": fields.integral("n"),
            "Current": -σ_l * φ[-1] / (self.size - x[-1]) * 1e6,
        }


def solve(model, cell, end, output):
    """The run, with cells of one size [µm]."""
    grid = Grid((round(model.size / cell),), (model.size * 1e-6,))
    settings = ['solver.petsc={ pc_type = "lu" }', "output.snapshots=4"]  # n and w are no Laplacians: a direct solver
    return phasefield.simulate(model, grid, end, output, overrides=settings)


if __name__ == "__main__":
    for width in (1.0, 2.0):
        last = solve(Hong(width=width), width / 8, 100.0, f"runs/hong_2018_{width:g}").history
        print(f"width {width:g} µm: front at {1e6 * last['Front [m]'][-1]:6.2f} µm after 100 s at −0.45 V")
