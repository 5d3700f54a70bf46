"""A flat lithium-lithium cell with two sharp fronts in a binary electrolyte, on a grid that moves with them."""

import numpy as np
from scipy.linalg import solve_banded

F, V_LI = 96485.33212, 12.998e-6
RT_F = 8.314462618 * 298.15 / F


class LithiumCell:
    """Both fronts move at v = i V_Li/F, so the gap stays: c_t = D c_xx + v c_x between x = 0 and the gap.

    The salt flux −D c_x − v c is −(1 − t₊)i/F at both. σ is proportional to c, both i₀ to √c.

    Parameters
    ----------
    gap : float [m]
    diffusivity, transference, concentration, conductivity
        D [m²/s], t₊ [1], c₀ [mol/m³], σ(c₀) [S/m].
    exchange : tuple of float [A/m²]
        i₀(c₀) of the electrode at x = 0, and of the counter electrode.
    """

    def __init__(self, gap, diffusivity, transference, concentration, conductivity, exchange, cells=200):
        self.gap, self.D, self.anions, self.c0 = gap, diffusivity, 1 - transference, concentration
        self.conductivity, self.exchange = conductivity, exchange
        self.h, self.c = gap / cells, np.full(cells, concentration)

    def advance(self, i, dt):
        """Take a step of implicit Euler with a current density."""
        v, salt, n = i * V_LI / F, i * self.anions / F, len(self.c)
        up, down = self.D / self.h + v / 2, self.D / self.h - v / 2  # flux through a face: down c[below] − up c[above]
        matrix, right = np.zeros((3, n)), self.h * self.c / dt
        matrix[1] = self.h / dt
        matrix[1, :-1] += down
        matrix[1, 1:] += up
        matrix[0, 1:], matrix[2, :-1] = -up, -down
        right[0] -= salt
        right[-1] += salt
        self.c = solve_banded((1, 1), matrix, right)

    def ends(self, i):
        """c on the electrode and on the counter electrode."""
        v, salt = i * V_LI / F, i * self.anions / F
        slopes = [(salt - v * c) / self.D for c in (self.c[0], self.c[-1])]
        return self.c[0] - slopes[0] * self.h / 2, self.c[-1] + slopes[1] * self.h / 2

    def voltage(self, i):
        """V of the electrode against the counter electrode."""
        low, top = self.ends(i)
        kinetic = sum(
            2 * np.arcsinh(i / (2 * i0 * np.sqrt(c / self.c0))) for i0, c in zip(self.exchange, (low, top), strict=True)
        )
        ohmic = i * np.sum(self.h * self.c0 / self.c) / self.conductivity
        return -RT_F * (kinetic + 2 * self.anions * np.log(top / low)) - ohmic
