"""Decks of a particle that breathes, and its mechanics, written independently of the program."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq
from scipy.special import erf

FARADAY, GAS, TEMPERATURE = 96485.33212, 8.314462618, 298.15
THERMAL = GAS * TEMPERATURE / FARADAY
ELECTROLYTE, PARTICLE, FRACTION = (21.7e9, 0.37), (184e9, 0.26), 0.5
ADHESION, STRENGTH, HARDNESS, RADIUS = 0.2, 20e6, 1.9e9, 2.4e-6
SITES, DIFFUSIVITY, THICKNESS, EXCHANGE, LAYER = 63104.0, 4e-15, 0.8e-6, 3.41, 0.03
#: Open-circuit potential: value at half filling, and fall from empty to full [V].
STANDARD, FALL = 3.96, 0.94
#: ΔV/V from empty to full, in proportion to the content; the start is at 0.9.
SWELLING, START = 0.06, 0.9

#: One dimension. The pressure is in MPa, the current in mA/cm².
DECK = """
title = "Breathing"
model = "contact"
[domain]
dimension = 1
size = ["1.2 um"]
cells = [12]
[electrode]
thickness = "0.8 um"
diffusivity = "4e-15 m^2/s"
maximum_concentration = "63104 mol/m^3"
content = 0.9
open_circuit = {{ law = "linear", standard = "3.96 V", fall = "0.94 V" }}
[electrolyte]
ionic_conductivity = "1 mS/cm"
[contact]
layer_resistance = "300 ohm cm^2"
[kinetics]
exchange_current_density = "3.41 A/m^2"
[mechanics]
pressure = "{pressure} MPa"
volume_fraction = 0.5
contents = [0, 0.3, 0.9, 1]
volume_changes = [-0.054, -0.036, 0, 0.006]
adhesion = "0.2 J/m^2"
strength = "20 MPa"
hardness = "1.9 GPa"
electrode = {{ youngs_modulus = "184 GPa", poisson_ratio = 0.26 }}
electrolyte = {{ youngs_modulus = "21.7 GPa", poisson_ratio = 0.37 }}
[[drive.steps]]
mode = "galvanostatic"
current_density = "{current} mA/cm^2"
[stop]
time = "{time} s"
[output]
snapshots = 1
"""
#: Overrides for charging and discharging.
CYCLES = (
    "drive.steps=[{mode='galvanostatic', current_density='-0.05 mA/cm^2', duration='5 h', until={voltage='4.3 V'}},"
    " {mode='galvanostatic', current_density='0.05 mA/cm^2', duration='5 h', until={voltage='3.4 V'}}]",
    "drive.cycles=3",
    "stop.time=",
)


def moduli(young, poisson):
    """Shear and bulk modulus."""
    return young / (2 * (1 + poisson)), young / (3 * (1 - 2 * poisson))


def pressure_of_shells(strain, stack, gap=0.0, fraction=FRACTION):
    """Pressure [Pa] between a particle with a strain and its shell, with a given gap in radii.

    Solves for u = A r in the particle, u = B r + D/r² in the shell: the radial stress at the outside is −P, it is
    continuous at the particle, and the displacements there differ by the gap.
    """
    (G, K), (_, inside) = moduli(*ELECTROLYTE), moduli(*PARTICLE)
    outer = fraction ** (-1 / 3)
    # unknowns A, B, D; σ_rr = 3K B − 4G D/r³ in the shell, 3K_p (A − ε) in the particle
    matrix = [[0, 3 * K, -4 * G / outer**3], [3 * inside, -3 * K, 4 * G], [-1, 1, 1]]
    A, *_ = np.linalg.solve(matrix, [-stack, 3 * inside * strain, gap])
    return -3 * inside * (A - strain)


def compliance():
    """Strain per pressure on the particle, and strain that the stack pressure makes up for per pressure [1/Pa]."""
    p = pressure_of_shells(1e-3, 0.0)
    return 1e-3 / p, 1e-3 * pressure_of_shells(0.0, 1e7) / (1e7 * p)


def strain_of(content):
    """Strain along each axis at a content; the volume is linear between the points of the deck."""
    change = SWELLING * (np.asarray(content) - START)
    return (1 + change) ** (1 / 3) - 1


def opening(stack):
    """Strain at which the first bonds fail under a stack pressure [Pa]: the one with a pull of the strength."""
    return brentq(lambda strain: pressure_of_shells(strain, stack) + STRENGTH, -0.1, 0.1, xtol=1e-15)


def contact_at(strain, stack):
    """Contact while the particle shrinks for the first time: the pull on the interface falls linearly with the gap."""
    reach = 2 * ADHESION / STRENGTH / RADIUS
    if pressure_of_shells(strain, stack) >= -STRENGTH:
        return 1.0

    def excess(gap):
        return -pressure_of_shells(strain, stack, gap) - STRENGTH * (1 - gap / reach)

    return 1 - brentq(excess, 0.0, reach, xtol=1e-15) / reach if excess(reach) < 0 else 0.0


def closed_again(bonded, strain, stack):
    """Contact when faces without bonds are pressed together again."""
    pressure = max(pressure_of_shells(strain, stack), 0.0)
    return bonded + (1 - bonded) * erf(np.sqrt(np.pi) / 2 * pressure / HARDNESS)


def overpotential(current, contact, conductivity=0.1):
    """Charge transfer, layer and electrolyte [V], at a mean current density [A/m²]; diffusion apart."""
    local = current / contact
    return 2 * THERMAL * np.arcsinh(local / (2 * EXCHANGE)) + local * LAYER + current * 0.4e-6 / conductivity


def stiffening(swelling=SWELLING):
    """Part that stress adds to the slope of the potential against the local content, for ε = (ΔV/V) x/3 [1]."""
    partial = swelling / SITES  # Ω
    (young, poisson), slope = PARTICLE, swelling / 3
    return partial * 2 * young / (3 * (1 - poisson)) * slope / FARADAY / FALL
