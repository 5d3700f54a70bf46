"""L. Chen et al.'s nonlinear model of plating, J. Power Sources 300 (2015) 376, in one dimension.

∂ξ/∂t = −L_σ(g′ − κ∇²ξ) − L_η h′(ξ) {e^(Fφ/2RT) − (c/c₀) e^(−Fφ/2RT)},  g = Wξ²(1 − ξ)²,
∂c/∂t = ∇·D(∇c + c∇φ F/RT) − c_s ∂ξ/∂t,  D = D_e h + D_s (1 − h),
∇·[σ_e h + σ_s (1 − h)]∇φ = F c_s ∂ξ/∂t. doi:10.1016/j.jpowsour.2015.09.055.

M. E. Arguello et al., J. Energy Storage 53 (2022) 104892, doi:10.1016/j.est.2022.104892, solve them in 3-D. Here
W = 12γ/δ, κ = 3γδ/2 and L_η = i₀γ/(κFc_s) for an interface of width δ. The numbers were not checked against the tables
of either paper. What the model shows and what it cannot: docs/explanation/published_models.md.

    python docs/examples/chen_2015.py
"""

import numpy as np
from fipy import DiffusionTerm, TransientTerm
from fipy.tools import numerix

import phasefield
from phasefield import Boundary, Column, Field, Grid, Model, linearize

F, RT = 96485.33212, 8.314462618 * 298.15  # C/mol, J/mol
γ, i0, L_σ = 0.556, 30.0, 2.5e-6  # J/m², A/m², m³/(J s)
D_e, D_s, σ_e, σ_s = 7.5e-13, 3.197e-10, 1e7, 1.19  # m²/s, S/m
c_s, c_0, δ = 7.64e4, 1e3, 1.5  # mol/m³, µm


def h(ξ):
    """Share of the metal."""
    return ξ**3 * (6 * ξ**2 - 15 * ξ + 10)


class Chen(Model):
    """Metal (ξ = 1) at the bottom, at a voltage; the electrolyte's top is at zero, and its salt is kept there.

    Lengths in µm, times in s, c in units of c₀. `width` is that of the interface [µm]; L_η follows it if it is
    `adapted`, else it stays that of 1.5 µm. Two tests of the equations: `uniform`, φ is the voltage everywhere;
    `closed`, no ions come in.
    """

    length_scale = 1e-6
    columns = (Column("Front", "m"), Column("Metal", "m"), Column("Salt at the front", "1"), Column("Current", "A/m2"))

    def __init__(self, voltage: float = -0.2, width: float = δ, adapted: bool = True, uniform: bool = False,
                 closed: bool = False, front: float = 20.0, size: float = 80.0):  # fmt: skip
        super().__init__()
        self.voltage, self.width, self.uniform, self.closed = voltage, width, uniform, closed
        self.front, self.size = front, size
        self.κ, self.W = 1.5e-6 * γ * width, 12e6 * γ / width  # J/m, J/m³
        self.L_η = i0 * γ / (1.5e-6 * γ * (width if adapted else δ) * F * c_s)
        self.fields = (
            Field("xi", "Metal", "1", self.metal, lower=-0.1, upper=1.1, controls_step=True),
            Field("c", "Salt", "1", lambda x: 1 + 0 * x[-1]),
            Field("phi", "Potential", "V", lambda x: voltage * (1 if uniform else self.metal(x)) + 0 * x[-1]),
        )

    def metal(self, x):
        """ξ at the start."""
        return 0.5 * (1 - np.tanh(2 * (x[-1] - self.front) / self.width))

    def equations(self, v, dt):
        ξ, c, φ = v.xi, v.c, v.phi
        transfer = numerix.exp(F * φ / (2 * RT)) - c * numerix.exp(-F * φ / (2 * RT))
        force = L_σ * 2 * self.W * ξ * (1 - ξ) * (1 - 2 * ξ) + self.L_η * 30 * ξ**2 * (1 - ξ) ** 2 * transfer
        D, σ = 1e12 * (D_e * h(ξ) + D_s * (1 - h(ξ))), σ_e / σ_s * h(ξ) + 1 - h(ξ)
        charge = 0.0 if self.uniform else TransientTerm(1e-12 * F * c_s / σ_s, var=ξ)
        return {
            "xi": TransientTerm(var=ξ) == DiffusionTerm(1e12 * L_σ * self.κ, var=ξ) - linearize(force, ξ, c, φ),
            "c": TransientTerm(var=c) + TransientTerm(c_s / c_0, var=ξ)
            == DiffusionTerm(D, var=c) + DiffusionTerm(D * c * F / RT, var=φ),
            "phi": DiffusionTerm(σ, var=φ) == charge,
        }

    def boundaries(self, v):
        top = self.voltage if self.uniform else 0.0
        ends = Boundary("phi", "bottom", "value", self.voltage), Boundary("phi", "top", "value", top)
        return ends if self.closed else (*ends, Boundary("c", "top", "value", 1.0))

    def measure(self, fields):
        ξ, c, φ, x = *map(fields.values, ("xi", "c", "phi")), fields.coordinates()[-1] * 1e6
        last = np.flatnonzero(ξ > 0.5)[-1]
        part = (ξ[last] - 0.5) / (ξ[last] - ξ[last + 1])
        return {"Front": (x[last] + part * (x[1] - x[0])) * 1e-6, "Metal": fields.integral("xi"),
                "Salt at the front": c[last] + part * (c[last + 1] - c[last]),
                "Current": -σ_s * φ[-1] / (self.size - x[-1]) * 1e6}  # fmt: skip


def solve(model, cell, end, output):
    """The run, with cells of one size [µm]."""
    grid = Grid((round(model.size / cell),), (model.size * 1e-6,))
    settings = ['solver.petsc={ pc_type = "lu" }', "output.snapshots=4"]
    return phasefield.simulate(model, grid, end, output, overrides=settings)


if __name__ == "__main__":
    for width in (1.5, 3.0):
        last = solve(Chen(width=width), width / 8, 20.0, f"runs/chen_2015_{width:g}").history
        print(f"width {width:3} µm: front at {1e6 * last['Front [m]'][-1]:6.3f} µm after 20 s at −0.2 V")
