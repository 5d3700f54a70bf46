"""A crack with a plastic filling, by integrals along it: linear elasticity and Griffith, independent of the program.

Cracks of half-length a in a row at distances 2W, E' = 1. The filling has the pressure P up to the distance `free` from
the middle, and loses 2τ/w per length from there on, where w is the opening; ahead of where nothing is left it is dry.
Pairs of forces at ±t open the crack at x by (4/π) ln |(r(x) + r(t))/(r(x) − r(t))| with r(x)² = tan² πa/2W − tan² πx/2W
(Tada, Paris, Irwin, 7.3; a constant pressure gives their opening and K to 0.1 %).
"""

import numpy as np
from scipy.optimize import brentq

NODES, FINER = 150, 8


class PlasticFilling:
    """The crack of one half-length."""

    def __init__(self, a, width, free):
        scale, reach = 0.5 * np.pi / width, np.tan(0.5 * np.pi * a / width)

        def points(number):
            angle = (np.arange(number) + 0.5) / number * np.pi / 2
            x, r = np.arctan(reach * np.sin(angle)) / scale, reach * np.cos(angle)
            return x, r, r * np.pi / 2 / number * np.cos(scale * x) ** 2 / scale

        self.x, r, self.dx = points(NODES)
        _, fine, dt = points(NODES * FINER)
        kernel = 4 / np.pi * np.log(np.abs((r[:, None] + fine) / (r[:, None] - fine))) * dt
        self.opening = kernel.reshape(NODES, NODES, FINER).sum(axis=2)
        slope = scale * (1 + reach**2)
        self.intensity = 2 / np.sqrt(np.pi) * np.sqrt(reach * slope) * self.dx / r
        self.beyond = self.x > free

    def pressures(self, pressure, stress):
        """Pressure along the crack for that in its middle."""
        lost = np.zeros(NODES)
        for _ in range(300):
            inside = np.maximum(pressure - lost, 0.0)
            w = self.opening @ inside
            step = np.where(self.beyond, 2 * stress / w, 0.0) * self.dx
            change = np.cumsum(step) - 0.5 * step - lost
            lost = lost + 0.5 * change
            if np.max(np.abs(change[inside > 0])) < 1e-7 * pressure:
                break
        return np.maximum(pressure - lost, 0.0)

    def growing(self, stress):
        """With K = 1: pressure in the middle, distance of the filling's front, and half of the volume of lithium."""
        pressure = brentq(lambda p: np.sum(self.intensity * self.pressures(p, stress)) - 1, 0.1, 20.0, xtol=1e-5)
        inside = self.pressures(pressure, stress)
        filled = inside > 0
        return pressure, np.sum(self.dx[filled]), np.sum((self.opening @ inside * self.dx)[filled])


def at_volume(volume, width, free, stress):
    """Half-length, pressure and front of a growing crack with half of its lithium given."""
    a = brentq(lambda a: PlasticFilling(a, width, free).growing(stress)[2] - volume, free, 0.8 * width, xtol=1e-3)
    return a, *PlasticFilling(a, width, free).growing(stress)[:2]
