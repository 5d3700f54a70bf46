"""Elastic constants, stress in films, and the crack that it opens."""

from __future__ import annotations


def lame_constants(youngs_modulus: float, poisson_ratio: float) -> tuple[float, float]:
    """Lamé's constants λ and μ of an isotropic solid [Pa].

    Parameters
    ----------
    youngs_modulus : float [Pa]
    poisson_ratio : float [1]

    Raises
    ------
    ValueError
        The solid would not be stable, or incompressible: E ≤ 0, or a Poisson's ratio that is not between −1 and ½.
    """
    if not youngs_modulus > 0 or not -1 < poisson_ratio < 0.5:
        raise ValueError(f"no solid has E = {youngs_modulus} Pa and a Poisson's ratio of {poisson_ratio}")
    shear = youngs_modulus / (2 * (1 + poisson_ratio))
    return 2 * shear * poisson_ratio / (1 - 2 * poisson_ratio), shear


def plane_strain_modulus(youngs_modulus: float, poisson_ratio: float) -> float:
    """E' = E/(1 − ν²), in which the energy release of a long crack is expressed [Pa]."""
    return youngs_modulus / (1 - poisson_ratio**2)
