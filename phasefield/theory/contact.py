"""Theory of partial contact: constriction, layers, and diffusion behind the contact.

Area-specific resistances are referred to the whole plane, contact or not. *One-sided* is the resistance that crowding
adds in one body; two bodies in contact add theirs in series, each with its own conductivity.

References
----------
.. [Holm] R. Holm, Electric Contacts, 4th ed., Springer (1967), doi:10.1007/978-3-662-06688-1.
.. [Greenwood] J. A. Greenwood, Brit. J. Appl. Phys. 17 (1966) 1621, doi:10.1088/0508-3443/17/12/310.
.. [CMY] M. G. Cooper, B. B. Mikic, M. M. Yovanovich, Int. J. Heat Mass Transfer 12 (1969) 279,
   doi:10.1016/0017-9310(69)90011-8.
.. [CarslawJaeger] H. S. Carslaw, J. C. Jaeger, Conduction of Heat in Solids, 2nd ed., Oxford (1959).
"""

from __future__ import annotations

import math

from phasefield.theory.constants import FARADAY


def spreading_resistance(conductivity: float, radius: float) -> float:
    """One-sided resistance of an equipotential disc on a half-space, 1/(4σa) [ohm] ([Holm]_).

    Parameters
    ----------
    conductivity : float [S/m]
    radius : float [m]
    """
    return 1 / (4 * conductivity * radius)


def constriction_factor(fraction: float) -> float:
    """Part (1 − √θ)^1.5 of a disc's spreading resistance that is left among others ([CMY]_); 0 at full contact.

    Parameters
    ----------
    fraction : float [1]
        Contact fraction θ.

    Raises
    ------
    ValueError
        The fraction is not between 0 and 1.
    """
    if not 0 <= fraction <= 1:
        raise ValueError(f"contact fraction {fraction:g}: must lie between 0 and 1")
    return (1 - math.sqrt(fraction)) ** 1.5


def constriction_asr(conductivity: float, radius: float, density: float) -> float:
    """One-sided area-specific constriction resistance of equal discs, (1 − √θ)^1.5/(4σaN) [ohm m^2].

    Parameters
    ----------
    conductivity : float [S/m]
    radius : float [m]
    density : float [1/m^2]
        Discs per area, N.
    """
    fraction = math.pi * radius**2 * density
    return spreading_resistance(conductivity, radius) * constriction_factor(fraction) / density


def contact_asr(
    fraction: float, radius: float, conductivities: tuple[float, ...], interface_resistance: float = 0.0
) -> float:
    """Area-specific resistance of equal discs of contact [ohm m^2]: constriction in each body, and interface.

    An estimate: the sum is exact for a resistive interface (even current) or a perfect one (crowded at the rim), within
    8 % between ([Greenwood]_ for many discs; 32/(3π²) = 1.08 is the ratio of even flux to equipotential).

    Parameters
    ----------
    fraction : float [1]
        Contact fraction.
    radius : float [m]
    conductivities : tuple of float [S/m]
        Conductivities of the bodies whose constriction counts, one or two.
    interface_resistance : float [ohm m^2]
        Charge transfer and layer, per area of contact.
    """
    density = fraction / (math.pi * radius**2)
    crowding = sum(constriction_asr(σ, radius, density) for σ in conductivities)
    return crowding + interface_resistance / fraction


def linear_charge_transfer_resistance(exchange_current_density: float, thermal_voltage: float) -> float:
    """RT/(F i₀) [ohm m^2]: of Butler-Volmer kinetics with α_a + α_c = 1 at small overpotential.

    Parameters
    ----------
    exchange_current_density : float [A/m^2]
    thermal_voltage : float [V]
        RT/F.
    """
    return thermal_voltage / exchange_current_density


def surface_concentration_change(current_density: float, diffusivity: float, time: float) -> float:
    """Rise 2(j/F)√(t/πD) at the surface of a half-space under a constant current [mol/m^3] ([CarslawJaeger]_, §2.9).

    Parameters
    ----------
    current_density : float [A/m^2]
    diffusivity : float [m^2/s]
    time : float [s]
    """
    return 2 * current_density / FARADAY * math.sqrt(time / (math.pi * diffusivity))


def quasi_steady_spread(current_density: float, diffusivity: float, thickness: float) -> float:
    """Surface minus mean concentration in a sheet fed on one side, jL/(3FD) [mol/m^3] ([CarslawJaeger]_, §3.8).

    Parameters
    ----------
    current_density : float [A/m^2]
    diffusivity : float [m^2/s]
    thickness : float [m]
    """
    return current_density * thickness / (3 * FARADAY * diffusivity)


def usable_fraction(current_density: float, diffusivity: float, thickness: float, capacity: float) -> float:
    """Part of a sheet's sites that fill before its surface is full, 1 − jL/(3FDc) [1], from the quasi-steady profile.

    Parameters
    ----------
    current_density : float [A/m^2]
    diffusivity : float [m^2/s]
    thickness : float [m]
    capacity : float [mol/m^3]
        Sites that were empty at the start.
    """
    return 1 - quasi_steady_spread(current_density, diffusivity, thickness) / capacity
