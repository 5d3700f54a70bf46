"""Decks of voids at an interface, and the laws of hollow spheres, written independently of the program."""

from __future__ import annotations

import numpy as np
from scipy.integrate import quad, solve_ivp
from scipy.optimize import brentq

FARADAY, VOLUME, GAS = 96485.33212, 12.998e-6, 8.314462618
RATE, EXPONENT, DEPTH, HEIGHT, CONDUCTIVITY, EXCHANGE = 0.014, 6.6, 5e-6, 50e-6, 0.1, 26.0

#: One dimension, 298.15 K. The pressure is in MPa.
DECK = """
title = "Voids"
model = "voids"
[domain]
dimension = 1
size = ["50 um"]
cells = [10]
[electrolyte]
ionic_conductivity = "1 mS/cm"
[lithium]
creep_rate = "0.014 1/s"
creep_exponent = 6.6
[voids]
depth = "5 um"
[kinetics]
exchange_current_density = "2.6 mA/cm^2"
[mechanics]
pressure = "{pressure} MPa"
[[drive.steps]]
mode = "galvanostatic"
current_density = "{current} mA/cm^2"
[stop]
time = "{time} s"
[output]
snapshots = 1
"""
#: Overrides that make it two-dimensional, with a place of poor contact in the middle.
PLANE = (
    "domain.dimension=2",
    "domain.size=['100 um', '50 um']",
    "domain.cells=[20, 10]",
    "voids.places=[{position=['50 um'], radius='10 um', contact=0.4}]",
)


def pressure_on_shell(shrinking, voids, rate=RATE, exponent=EXPONENT):
    """Pressure on a thick shell whose void loses volume at a relative rate [MPa], ∫ 2 σ_eq/r dr by quadrature.

    The lithium is incompressible, v = C/r²: its strain rate along the radius is 2C/r³, and σ_eq = (2C/(A r³))^{1/m}.
    """
    outer = voids ** (-1 / 3)  # in radii of the void
    flow = shrinking / 3
    return quad(lambda r: 2 * (2 * flow / (rate * r**3)) ** (1 / exponent) / r, 1.0, outer, epsabs=0, epsrel=1e-12)[0]


def shrinking(pressure, voids, rate=RATE, exponent=EXPONENT):
    """Relative rate at which the void of a shell loses volume under a pressure [1/s]: the inverse of the above."""
    return (pressure / pressure_on_shell(1.0, voids, rate, exponent)) ** exponent


def outside_of_a_ball(cells, radius, parts=6):
    """Part of each cell of a cube outside of a ball around its corner, all in cells."""
    squares = ((np.arange(cells * parts) + 0.5) / parts) ** 2
    outside = squares[:, None, None] + squares[:, None] + squares >= radius**2
    return outside.reshape(cells, parts, cells, parts, cells, parts).mean(axis=(1, 3, 5))


def opening(current):
    """Rate at which a current density [A/m²] takes contact away where nothing creeps [1/s]."""
    return current * VOLUME / (FARADAY * DEPTH)


def steady(current, pressure):
    """Contact at which voids close as fast as they open."""
    return brentq(lambda θ: np.log((1 - θ) * shrinking(pressure, 1 - θ) / opening(current)), 1e-3, 1 - 1e-9, xtol=1e-13)


def contact_at(times, start, current, pressure):
    """Contact after times [s], by integration."""

    def change(_t, θ):
        voids = max(1 - θ[0], 1e-12)
        return [voids * shrinking(pressure, voids) - opening(current)]

    found = solve_ivp(change, (0, max(times)), [start], "LSODA", t_eval=times, rtol=1e-9, atol=1e-12)
    return found.y[0]


def voltage(current, contact, spread=0.0):
    """Of lithium that is stripped at a mean current density [A/m²] from a partial contact, against that at the top."""
    thermal = GAS * 298.15 / FARADAY
    return 2 * thermal * np.arcsinh(current / contact / EXCHANGE / 2) + current * (HEIGHT / CONDUCTIVITY + spread)
