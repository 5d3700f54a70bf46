"""How much energy a crack takes in each phase-field model of damage, and the length that a strength gives."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Law:
    """How much energy the damage w(d) of a model takes: G_c ∫ c (w(d)/l + l |∇d|²).

    Attributes
    ----------
    share : float
        c, by which a crack takes G_c per area.
    power : int
        w = d**power.
    """

    share: float
    power: int


#: The solid is elastic up to its strength; the damage of a crack ends at a distance of 2l.
AT1 = Law(3 / 8, 1)
#: The solid is damaged from the start; the damage of a crack decays as exp(−x/l).
AT2 = Law(1 / 2, 2)


def length_of_strength(release_rate: float, youngs_modulus: float, strength: float) -> float:
    """Length l with which a bar breaks at its strength in AT1, 3 G_c E/(8 σ_c²) [length].

    Parameters
    ----------
    release_rate : float [modulus × length]
        G_c.
    youngs_modulus, strength : float [modulus]
    """
    return 3 * release_rate * youngs_modulus / (8 * strength**2)
