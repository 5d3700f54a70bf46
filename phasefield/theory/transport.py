"""Theory of salt and current in the electrolyte.

References
----------
.. [NewmanTA] J. Newman, K. E. Thomas-Alyea, Electrochemical Systems, 3rd ed., Wiley (2004).
.. [BardFaulkner] A. J. Bard, L. R. Faulkner, Electrochemical Methods, 2nd ed., Wiley (2001).
"""

from __future__ import annotations

import math

from phasefield.theory.constants import FARADAY


def diffusion_length(diffusivity: float, velocity: float) -> float:
    """Diffusion length D/v ahead of a moving front [m]; infinite at rest.

    Parameters
    ----------
    diffusivity : float [m^2/s]
    velocity : float [m/s]
    """
    return math.inf if velocity == 0 else diffusivity / velocity


def limiting_current(
    diffusivity: float, concentration: float, transference_number: float, gap: float, reservoir: bool = False
) -> float:
    """Steady limiting current density, 2FDc₀/((1 − t₊)L) [A/m^2] ([NewmanTA]_; half of it with a reservoir).

    The steady profile is linear. Between two lithium electrodes its mean is c₀, so it falls from 2c₀ to 0;
    a reservoir holds c₀ at the top.

    Parameters
    ----------
    diffusivity : float [m^2/s]
    concentration : float [mol/m^3]
    transference_number : float [1]
    gap : float [m]
    reservoir : bool
    """
    drop = concentration if reservoir else 2 * concentration
    return FARADAY * diffusivity * drop / ((1 - transference_number) * gap)


def sand_time(
    current_density: float, diffusivity: float, concentration: float, transference_number: float
) -> float:
    """Sand's time πD(Fc₀/(2i(1 − t₊)))² [s], when the salt at the lithium is used up.

    [BardFaulkner]_, eq. 8.2.14, with the part 1 − t₊ that diffusion must bring. Valid while √(D t_S) is small
    against the gap; infinite at rest.

    Parameters
    ----------
    current_density : float [A/m^2]
    diffusivity : float [m^2/s]
    concentration : float [mol/m^3]
    transference_number : float [1]
    """
    if current_density == 0:
        return math.inf
    depleting = current_density * (1 - transference_number)
    return math.pi * diffusivity * (FARADAY * concentration / (2 * depleting)) ** 2


def wagner_number(conductivity: float, resistance: float, length: float) -> float:
    """Wagner number σR/L [1]; large means an even current ([NewmanTA]_, ch. 18).

    Parameters
    ----------
    conductivity : float [S/m]
    resistance : float [ohm m^2]
        Resistance of charge transfer and film together.
    length : float [m]
        Length of the electrode, or of its features.
    """
    return conductivity * resistance / length
