"""Lithium in a flaw of a solid electrolyte: the pressure at which it grows, and the current that makes that pressure.

A flaw reaches from the electrode into the electrolyte, across it. The electrode is flat and stiff, without friction, so
that a flaw and its mirror image are one crack of twice the length.
"""

from __future__ import annotations

import math

import numpy as np

from phasefield.theory.constants import FARADAY
from phasefield.theory.root import root

#: Mean drop of the ions' potential to a flaw, over that of the same current through its length: σ Δφ/(i a). It is the
#: limit of small a/(σR) of the potential around a straight flaw of a plane electrode; 0.46 at a/(σR) = 1.
FOCUS = 0.52


def critical_pressure(toughness: float, length: float, axes: int = 2) -> float:
    """Pressure in a flaw at which it grows, K_Ic/√(πa), or K_Ic √(π/4a) of half a disc [Pa].

    Parameters
    ----------
    toughness : float [Pa m^0.5]
        K_Ic.
    length : float [m]
        a, from the electrode to the tip.
    axes : int
        2 for a flaw of constant depth, 3 for half a disc.
    """
    shape = 1 / math.sqrt(math.pi) if axes == 2 else math.sqrt(math.pi) / 2
    return toughness * shape / math.sqrt(length)


def release_rate(toughness: float, youngs_modulus: float, poisson_ratio: float) -> float:
    """Energy that a crack takes per area, K_Ic² (1 − ν²)/E [J/m²].

    Parameters
    ----------
    toughness : float [Pa m^0.5]
    youngs_modulus, poisson_ratio : float [Pa], [1]
    """
    return toughness**2 * (1 - poisson_ratio**2) / youngs_modulus


def damage_length(toughness: float, strength: float, poisson_ratio: float) -> float:
    """Length l of AT1 with which a bar breaks at its strength, 3 G_c E/(8 σ_c²) [m].

    Parameters
    ----------
    toughness, strength : float [Pa m^0.5], [Pa]
    poisson_ratio : float [1]
    """
    return 0.375 * (1 - poisson_ratio**2) * (toughness / strength) ** 2


def critical_current(
    pressure: float, molar_volume: float, resistance: float, length: float, conductivity: float
) -> float:
    """Current density above which lithium in a flaw reaches a pressure, (p V_Li/F)/(R + 0.52 a/σ) [A/m²].

    Parameters
    ----------
    pressure : float [Pa]
    molar_volume : float [m³/mol]
        Of lithium.
    resistance : float [Ω m²]
        R of charge transfer.
    length, conductivity : float [m], [S/m]
    """
    return pressure * molar_volume / FARADAY / (resistance + FOCUS * length / conductivity)


def corroded_critical_current(critical: float, half: float, least: float) -> float:
    """Critical current density i with a toughness that falls with it, i = i_c times `corroded` of i [unit of critical].

    Parameters
    ----------
    critical : float
        i_c, with the whole toughness.
    half, least : float
        As for `corroded`.
    """
    return root(lambda i: critical * corroded(i, half, least) - i, 0.0, critical)


def corroded(current, half: float, least: float):
    """Toughness over that without current, least + (1 − least)/(1 + i/i½) [1]; a hypothesis.

    Parameters
    ----------
    current : float or ndarray [unit of half]
        Local current density of plating; negative ones count as 0.
    half : float
        i½, at which half of the fall is reached.
    least : float [1]
        Part that is left at high current densities.
    """
    return least + (1 - least) / (1 + np.maximum(current, 0.0) / half)


def filling_time(
    pressure: float, current: float, molar_volume: float, length: float, youngs_modulus: float, poisson_ratio: float
) -> float:
    """Time in which a current over the faces of a flaw fills it up to a pressure, π a p F/(2 E' i V_Li) [s].

    Parameters
    ----------
    pressure, current : float [Pa], [A/m²]
    molar_volume, length : float [m³/mol], [m]
    youngs_modulus, poisson_ratio : float [Pa], [1]
    """
    modulus = youngs_modulus / (1 - poisson_ratio**2)
    return math.pi * length * pressure * FARADAY / (2 * modulus * current * molar_volume)
