"""Elastic constants, the stress of a film whose volume changes, and the crack that this stress drives."""

from __future__ import annotations

import math

#: Stress intensity of a crack at a free edge, over σ √(πa) (H. Tada, P. C. Paris, G. R. Irwin, The Stress Analysis of
#: Cracks Handbook, 2.11).
EDGE = 1.1215
#: Z of G = Z σ² h/E' for a crack that runs along a film of thickness h and reaches down to its base, if film and
#: substrate are equally stiff: the mean over the depths a from 0 to h of the release rate π (1.1215 σ)² a/E' of an edge
#: crack. It is 1.976 in J. W. Hutchinson, Z. Suo, Advances in Applied Mechanics 29, 63 (1992).
CHANNEL = math.pi * EDGE**2 / 2
#: Z of the same film on a stiff, frictionless base, which is a mirror: a tunnelling crack through a buried layer of
#: thickness 2h, the mean over the depths of the release rate π σ² a/E' of a crack of length 2a (same source).
TUNNEL = math.pi / 2
#: Release by a crack from a swollen half cylinder of radius R on such a base, up to 2R, over p² R²/E': half of σ times
#: the opening, with the tension σ = p R²/z² of the solid before it; no other depth releases more per area.
BLISTER = 0.19924


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


def ripple_modulus(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Pressure over k a on the surface between two solids when one has grown by a ripple a cos kx [Pa].

    Both are much thicker than 1/k, and stick to each other; plane strain. The surface of a half-space under the
    pressure p cos kx and the shear stress τ sin kx moves by [(1 − ν)p + (½ − ν)τ]/(Gk) along its normal, and by
    [(½ − ν)p + (1 − ν)τ]/(Gk) along x. Both move by a in all along the normal, and by the same along x: p = K k a,
    K = A/(A² − B²) with A = Σ(1 − ν)/G, and B the difference of (½ − ν)/G.

    Parameters
    ----------
    one, other : (float, float) [Pa]
        Lamé's constants λ and μ.
    """
    A = sum((λ + 2 * μ) / (2 * μ * (λ + μ)) for λ, μ in (one, other))  # 1 − ν = (λ + 2μ)/2(λ + μ)
    B = 0.5 / (one[0] + one[1]) - 0.5 / (other[0] + other[1])  # ½ − ν = μ/2(λ + μ)
    return A / (A * A - B * B)


def linear_strain(volume_change: float) -> float:
    """Strain along each axis of a body whose volume changes by ΔV/V, the same along all axes [1]."""
    return (1 + volume_change) ** (1 / 3) - 1


def film_stress(youngs_modulus: float, poisson_ratio: float, strain: float, pressure: float = 0.0) -> float:
    """Stress along a flat film that cannot expand sideways, −(Eε + νp)/(1 − ν); tension is positive [Pa].

    Parameters
    ----------
    youngs_modulus : float [Pa]
    poisson_ratio : float [1]
    strain : float [1]
        Along each axis, that the film would have by itself.
    pressure : float [Pa]
        On the film, across it.
    """
    return -(youngs_modulus * strain + poisson_ratio * pressure) / (1 - poisson_ratio)


def film_energy(youngs_modulus: float, poisson_ratio: float, strain: float) -> float:
    """Elastic energy of a flat film that cannot expand sideways, E ε²/(1 − ν), under no pressure [J/m³].

    Parameters are those of :func:`film_stress`.
    """
    return youngs_modulus * strain**2 / (1 - poisson_ratio)


def channel_release_rate(
    stress: float, thickness: float, youngs_modulus: float, poisson_ratio: float, geometry: float = CHANNEL
) -> float:
    """Energy that a crack along a film releases per area, Z σ² h/E'; 0 under compression [J/m²].

    The crack reaches through the film, and its length is larger than the film is thick. E' = E/(1 − ν²).

    Parameters
    ----------
    stress : float [Pa]
        Across the crack, in the film without it.
    thickness : float [m]
    youngs_modulus, poisson_ratio : float [Pa], [1]
        Of film and substrate.
    geometry : float [1]
        Z: `CHANNEL`, or `TUNNEL` on a stiff base without friction.
    """
    return geometry * max(stress, 0.0) ** 2 * thickness * (1 - poisson_ratio**2) / youngs_modulus


def critical_thickness(stress: float, toughness: float, geometry: float = CHANNEL) -> float:
    """Thickness above which a crack can run along a film, K_Ic²/(Z σ²), by Griffith; infinite under compression [m].

    Parameters
    ----------
    stress : float [Pa]
    toughness : float [Pa m^0.5]
        K_Ic of the film.
    geometry : float [1]
        Z: `CHANNEL`, or `TUNNEL` on a stiff base without friction.
    """
    return (toughness / stress) ** 2 / geometry if stress > 0 else math.inf


def swollen_pressure(inside: tuple[float, float], outside: tuple[float, float], strain: float) -> float:
    """Pressure in a cylinder that would swell by a strain along each axis, (1 + ν_i)ε/[(1 + ν_m)/E_m + …] [Pa].

    Plane strain, in a solid without end: p = (1 + ν_i)ε/[(1 + ν_m)/E_m + (1 + ν_i)(1 − 2ν_i)/E_i]; the tension around
    it is p at its surface.

    Parameters
    ----------
    inside, outside : (float, float) [Pa], [1]
        Young's modulus and Poisson's ratio.
    strain : float [1]
    """
    (E, ν), (E_m, ν_m) = inside, outside
    return (1 + ν) * strain / ((1 + ν_m) / E_m + (1 + ν) * (1 - 2 * ν) / E)


def critical_radius(pressure: float, toughness: float) -> float:
    """Radius above which a crack runs along a swollen half cylinder on a stiff base, 5.02 K_Ic²/p² [m].

    In the solid around it, whose moduli are those of the cylinder.

    Parameters
    ----------
    pressure : float [Pa]
        In the half cylinder.
    toughness : float [Pa m^0.5]
        K_Ic of the solid around it.
    """
    return (toughness / pressure) ** 2 / BLISTER if pressure > 0 else math.inf


def critical_flaw(stress: float, toughness: float) -> float:
    """Length of an edge crack that grows under a uniform tension, (K_Ic/1.1215σ)²/π; infinite under compression [m].

    Parameters
    ----------
    stress : float [Pa]
    toughness : float [Pa m^0.5]
    """
    return (toughness / (EDGE * stress)) ** 2 / math.pi if stress > 0 else math.inf
