"""Voids at the interface of lithium and a stiff solid electrolyte: creep under stack pressure against stripping.

The lithium within a depth h of the interface is porous: its voids take the part 1 − θ, so θ is the part of the
interface in contact. Each void is a hollow sphere of lithium that creeps, ε̇ = A σ^m. Under a pressure p on its outside
its volume falls at the relative rate

    (3/2) A [3p / (2m (1 − (1 − θ)^{1/m}))]^m ,

the exact solution for a thick shell, which [WilkinsonAshby]_ use for a porous solid. At small θ the pressure on the
contact is p/θ.

References
----------
.. [WilkinsonAshby] D. S. Wilkinson, M. F. Ashby, Acta Metallurgica 23 (1975) 1277.
"""

from __future__ import annotations

import math

from phasefield.theory.constants import FARADAY
from phasefield.theory.root import root


def closing_rate(pressure: float, rate: float, exponent: float) -> float:
    """Relative rate at which a single void in much lithium loses volume, (3/2) A (3p/2m)^m [1/s].

    Parameters
    ----------
    pressure : float [unit of stress]
        Not negative.
    rate : float [1/s per unit of stress to the m]
        A.
    exponent : float
        m.
    """
    return 1.5 * rate * (1.5 * pressure / exponent) ** exponent


def crowding(contact: float, exponent: float) -> float:
    """Void volume times how much faster it falls for other voids nearby, f/(1 − f^{1/m})^m, f = 1 − θ [1].

    Parameters
    ----------
    contact : float [1]
        θ, above 0; 0 for 1 and more.
    exponent : float
        m.
    """
    return math.exp(_log_crowding(1 - contact, exponent)) if contact < 1 else 0.0


def pressed(contact: float, creep: float, exponent: float) -> float:
    """Contact after the stack pressure has acted for a time without current, in one step of implicit Euler [1].

    Parameters
    ----------
    contact : float [1]
        θ before.
    creep : float [1]
        `closing_rate` times the time.
    exponent : float
        m.
    """
    return root(lambda θ: θ - contact - creep * crowding(θ, exponent), contact, 1.0)


def charge_of_contact(depth: float, molar_volume: float) -> float:
    """Charge that takes all contact away where nothing creeps, F h/V_Li [C/m²].

    Parameters
    ----------
    depth, molar_volume : float [m], [m³/mol]
    """
    return FARADAY * depth / molar_volume


def critical_current(contact: float, closing: float, exponent: float, charge: float) -> float:
    """Stripping current density at which the contact stays at θ: what creep brings is what is stripped [A/m²].

    Parameters
    ----------
    contact : float [1]
        θ.
    closing : float [1/s]
        See `closing_rate`.
    exponent : float
        m.
    charge : float [C/m²]
        See `charge_of_contact`.
    """
    return charge * closing * crowding(contact, exponent)


def critical_pressure(contact: float, current: float, rate: float, exponent: float, charge: float) -> float:
    """Pressure at which the contact stays at θ while a current density is stripped [unit of stress].

    Parameters
    ----------
    contact, current : float [1], [A/m²]
    rate, exponent, charge : float
        As for `closing_rate` and `critical_current`.
    """
    return (current / critical_current(contact, closing_rate(1.0, rate, exponent), exponent, charge)) ** (1 / exponent)


def steady_contact(current: float, closing: float, exponent: float, charge: float) -> float:
    """Contact at which creep keeps up with a stripping current density [1]; 0 without creep, 1 without current.

    Parameters
    ----------
    current : float [A/m²]
        Not negative.
    closing, exponent, charge : float
        As for `critical_current`.
    """
    if current <= 0:
        return 1.0
    if closing <= 0:
        return 0.0
    wanted = math.log(current) - math.log(charge * closing)
    # by the odds of void and contact, whose logarithms are even where one of them is small
    odds = math.exp(root(lambda x: _log_crowding(1 / (1 + math.exp(-x)), exponent) - wanted, -500.0, 36.0))
    return 1 / (1 + odds)


def _log_crowding(voids: float, exponent: float) -> float:
    return math.log(voids) - exponent * math.log(-math.expm1(math.log(voids) / exponent))
