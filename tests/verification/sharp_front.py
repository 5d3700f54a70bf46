"""A flat sharp front in a binary electrolyte, on a grid that moves with it: what diffuse fronts are compared with."""

import numpy as np
from scipy.linalg import solve_banded
from scipy.optimize import brentq

F, V_LI = 96485.33212, 12.998e-6
RT_F = 8.314462618 * 298.15 / F


class SharpFront:
    """Lithium below, a lithium counter electrode above; c in cells that shrink as the front advances.

    Parameters
    ----------
    height, top : float [m]
        Of the front at the start, and of the counter electrode.
    diffusivity : float [m²/s]
    transference : float [1]
    concentration : float [mol/m³]
    conductivity : float [S/m]
        Of the initial concentration; it is proportional to c.
    exchange : float [A/m²]
        i₀ at the initial concentration, as √c.
    """

    def __init__(self, height, top, diffusivity, transference, concentration, conductivity, exchange, cells=300):
        self.height, self.top, self.D, self.anions = height, top, diffusivity, 1 - transference
        self.c0, self.conductivity, self.exchange = concentration, conductivity, exchange
        self.edges = np.linspace(0, 1, cells + 1) ** 1.6
        self.c = np.full(cells, concentration)

    def after(self, i, dt):
        """c after a step with a current density, c at the front and at the top, and ∫c₀dx/c."""
        v, salt = i * V_LI / F, i * self.anions / F
        length, new = self.top - self.height, self.top - self.height - v * dt
        widths, x = np.diff(self.edges), self.edges * new
        centres = (x[1:] + x[:-1]) / 2
        diffusion, swept = self.D / np.diff(centres), v * (1 - self.edges[1:-1]) / 2
        matrix, right = np.zeros((3, len(widths))), length * widths * self.c / dt
        matrix[1] = new * widths / dt
        matrix[1, :-1] += diffusion - swept
        matrix[1, 1:] += diffusion + swept
        matrix[0, 1:], matrix[2, :-1] = -diffusion - swept, -diffusion + swept
        right[0] -= salt
        right[-1] += salt
        c = solve_banded((1, 1), matrix, right)
        front = (c[0] - salt / self.D * centres[0]) / (1 - v / self.D * centres[0])
        return c, front, c[-1] + salt / self.D * (new - centres[-1]), np.sum(np.diff(x) * self.c0 / c)

    def voltage(self, i, dt):
        """Cell voltage [V], plating positive, after a step with a current density; inf where the salt is used up."""
        _, front, top, ohmic = self.after(i, dt)
        if front <= 0:
            return np.inf
        kinetic = 2 * np.arcsinh(i / (2 * self.exchange * np.sqrt(front / self.c0)))
        return RT_F * (kinetic + 2 * self.anions * np.log(top / front)) + i * ohmic / self.conductivity

    def advance(self, i, dt):
        """Take the step; c at the front [mol/m³]."""
        self.c, front, *_ = self.after(i, dt)
        self.height += i * V_LI / F * dt
        return front

    def current(self, voltage, dt):
        """Current density at a cell voltage, plating positive."""
        high = 1.0
        while self.voltage(high, dt) < voltage:
            high *= 1.5
        return brentq(lambda i: min(self.voltage(i, dt), 1e3) - voltage, 1e-6, high)
