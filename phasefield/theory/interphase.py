r"""Theory of an interphase: growth laws of layers that ions and electrons must cross.

Lithium lies at z = 0, where the local lithium potential V = φ_e − φ_i is 0; the electrolyte is reduced where V is
below its onset U. A layer of thickness L carries the current density i = σ̄V/L, σ̄ = σ_iσ_e/(σ_i + σ_e), to its
front, where V_n is the volume of product per mole of lithium:

.. math:: \dot L = \frac{k_p}{L + a + k_p/k_r}, \quad k_p = \frac{V_n\bar\sigma U}{F}, \quad
          \frac{L^2}{2k_p} + \frac{aL}{k_p} + \frac{L}{k_r} = t + C .

References
----------
.. [Wagner] C. Wagner, Z. Phys. Chem. B 21 (1933) 25.
.. [DealGrove] B. E. Deal, A. S. Grove, J. Appl. Phys. 36 (1965) 3770, doi:10.1063/1.1713945.
.. [Mott] N. F. Mott, Trans. Faraday Soc. 43 (1947) 429, doi:10.1039/TF9474300429: thin films, tunnelling electrons.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phasefield.theory.constants import FARADAY, GAS_CONSTANT
from phasefield.theory.root import root

#: Layers are thinner than this many lengths of tunnelling.
LARGEST_EXPONENT = 600.0


def arrhenius(
    reference: float, activation_energy: float, temperature: float, reference_temperature: float = 298.15
) -> float:
    """Value at a temperature, x₀ exp[−(E_a/R)(1/T − 1/T₀)] [unit of the reference].

    Parameters
    ----------
    reference : float [any]
        At the reference temperature: a conductivity, a rate.
    activation_energy : float [J/mol]
    temperature, reference_temperature : float [K]
    """
    return reference * math.exp(-activation_energy / GAS_CONSTANT * (1 / temperature - 1 / reference_temperature))


def ambipolar_conductivity(ionic: float, electronic: float) -> float:
    """σ̄ = σ_iσ_e/(σ_i + σ_e) of lithium that crosses as ion and electron [S/m] ([Wagner]_).

    Parameters
    ----------
    ionic, electronic : float [S/m]
    """
    return ionic * electronic / (ionic + electronic)


def parabolic_constant(ionic: float, electronic: float, onset: float, molar_volume: float) -> float:
    """k_p = V_nσ̄U/F of L² = 2k_p t [m^2/s] ([Wagner]_).

    Parameters
    ----------
    ionic, electronic : float [S/m]
        Conductivities of the product.
    onset : float [V]
        U: below this potential against lithium the electrolyte is reduced.
    molar_volume : float [m^3/mol]
        V_n: product formed per mole of lithium.
    """
    return molar_volume * ambipolar_conductivity(ionic, electronic) * onset / FARADAY


def reaction_velocity(exchange_current_density: float, onset: float, molar_volume: float, temperature: float) -> float:
    """k_r: velocity of a front at V = 0 under the linear rate law, i₀V_nU/(RT) [m/s].

    Parameters
    ----------
    exchange_current_density : float [A/m^2]
    onset : float [V]
    molar_volume : float [m^3/mol]
    temperature : float [K]
    """
    return exchange_current_density * molar_volume * onset / (GAS_CONSTANT * temperature)


def crossover_thickness(parabolic: float, reaction: float) -> float:
    """k_p/k_r [m]: thinner layers grow as fast as they react, thicker ones as fast as they conduct.

    Parameters
    ----------
    parabolic : float [m^2/s]
    reaction : float [m/s]
    """
    return parabolic / reaction


def equivalent_thickness(thickness: float, coating: tuple[float, float], product: tuple[float, float]) -> float:
    """a = h_c σ̄/σ̄_c: the thickness of product that resists lithium as the coating does [m].

    Parameters
    ----------
    thickness : float [m]
        h_c.
    coating, product : (float, float) [S/m]
        Ionic and electronic conductivity.
    """
    return thickness * ambipolar_conductivity(*product) / ambipolar_conductivity(*coating)


def grown_thickness(
    time: ArrayLike, parabolic: float, reaction: float = math.inf, coating: float = 0.0, initial: float = 0.0
) -> NDArray[np.float64]:
    """Thickness of a layer [m]: parabolic, Deal-Grove or coated, as its resistances have it ([DealGrove]_).

    L = −b + √((b + L₀)² + 2k_p t), b = a + k_p/k_r.

    Parameters
    ----------
    time : array_like [s]
    parabolic : float [m^2/s]
        k_p.
    reaction : float [m/s]
        k_r; infinite if only conduction limits.
    coating : float [m]
        a of :func:`equivalent_thickness`.
    initial : float [m]
        L₀.
    """
    b = coating + parabolic / reaction
    growth = 2 * parabolic * np.asarray(time, float)
    return initial + growth / (b + initial + np.hypot(b + initial, np.sqrt(growth)))  # no cancellation or overflow


def growth_exponent(thickness: float, parabolic: float, reaction: float) -> float:
    """d ln L/d ln t of Deal-Grove growth from nothing [1]: 1 while reaction limits, ½ once conduction does.

    Parameters
    ----------
    thickness : float [m]
    parabolic : float [m^2/s]
    reaction : float [m/s]
    """
    ratio = thickness / crossover_thickness(parabolic, reaction)
    return (1 + ratio / 2) / (1 + ratio)


def logarithmic_thickness(time: ArrayLike, rate: float, decay: float, initial: float = 0.0) -> NDArray[np.float64]:
    """λ ln[exp(L₀/λ) + kt/λ], of dL/dt = k exp(−L/λ) [m]: electrons tunnel ([Mott]_).

    Parameters
    ----------
    time : array_like [s]
    rate : float [m/s]
        k.
    decay : float [m]
        λ.
    initial : float [m]
        L₀.
    """
    return decay * np.log(np.exp(initial / decay) + rate * np.asarray(time, float) / decay)


def tunnelled_thickness(
    time: float, constants: tuple[float, float], series: float, decay: float, initial: float = 0.0
) -> float:
    """Thickness of a layer that electrons tunnel through, other resistances in series [m].

    The root L of t = (L − L₀) s + (λ/k_e)[λ(exp(L/λ) − exp(L₀/λ)) − (L − L₀)] + (L² − L₀²)/2k_i, from the resistances
    of reaction and coating, electrons of σ₀ exp(−d/λ), and ions.

    Parameters
    ----------
    time : float [s]
        t.
    constants : tuple of float [m^2/s]
        k_i and k_e, parabolic constants with ions or electrons alone resisting; k_e with σ₀, as at the electrode.
    series : float [s/m]
        s, of what does not grow: 1/k_r of the reaction, and a coating.
    decay : float [m]
        λ.
    initial : float [m]
        L₀.
    """
    ions, electrons = constants

    def late(grown: float) -> float:
        tunnelled = decay * math.exp(initial / decay) * math.expm1(grown / decay) - grown
        return grown * series + decay / electrons * tunnelled + grown * (grown + 2 * initial) / (2 * ions) - time

    room = LARGEST_EXPONENT * decay - initial  # beyond it no electron ever passes
    return initial + (root(late, 0.0, min(time / series, room)) if room > 0 else 0.0)


def tunnelling_conductivity(rate: float, decay: float, onset: float, molar_volume: float) -> float:
    """σ₀ = kλF/(V_nU) of σ_e(d) = σ₀ exp(−d/λ), d from the lithium [S/m].

    Layers so conducting resist by (λ/σ₀)(exp(L/λ) − 1): with a reaction of velocity k in series (ions fast) they
    grow by dL/dt = k exp(−L/λ) exactly, from the first nanometre on.

    Parameters
    ----------
    rate : float [m/s]
        k.
    decay : float [m]
        λ.
    onset : float [V]
    molar_volume : float [m^3/mol]
    """
    return rate * decay * FARADAY / (molar_volume * onset)


def layer_resistance(thickness: ArrayLike, ionic: float) -> NDArray[np.float64]:
    """Area-specific resistance L/σ_i of a layer to the ions of a cell's current [ohm m^2].

    Parameters
    ----------
    thickness : array_like [m]
    ionic : float [S/m]
    """
    return np.asarray(thickness, float) / ionic


def growth_current(velocity: ArrayLike, molar_volume: float) -> NDArray[np.float64]:
    """Current density Fv/V_n that growth at a velocity draws from the lithium, as leaked electrons [A/m^2].

    Parameters
    ----------
    velocity : array_like [m/s]
    molar_volume : float [m^3/mol]
    """
    return FARADAY * np.asarray(velocity, float) / molar_volume


def pinhole_mean_thickness(area_fraction: float, coated: ArrayLike, uncoated: ArrayLike) -> NDArray[np.float64]:
    """(1 − p)L_c + pL_u [m]: layers under a coating with few holes, wider than the layer and far apart.

    Parameters
    ----------
    area_fraction : float [1]
        p of the holes.
    coated, uncoated : array_like [m]
    """
    return (1 - area_fraction) * np.asarray(coated, float) + area_fraction * np.asarray(uncoated, float)


def steady_thickness(parabolic: float, reaction: float, velocity: float) -> float:
    """k_p/v − k_p/k_r [m]: of an interphase whose metal follows it at a velocity; 0 if it is overrun.

    Parameters
    ----------
    parabolic : float [m^2/s]
    reaction : float [m/s]
        k_r.
    velocity : float [m/s]
        Velocity of both fronts; at a current i it is i V_Li/[F(1 + V_Li/V_n)], since the interphase takes its share.
    """
    return max(parabolic / velocity - parabolic / reaction, 0.0)


def leaked_share(ratio: float) -> float:
    """r/(1 + r) [1]: part of a current that deposits in a leaky electrolyte, ahead of the front.

    Where lithium may appear at once (no barrier), V is 0 there as at the front, so φ_e and φ_i differ as much between
    the two: what ions bring to the front is to what electrons carry to the deposit as σ_i to σ_e, at any distance.

    Parameters
    ----------
    ratio : float [1]
        r = σ_e/σ_i of the electrolyte between.
    """
    return ratio / (1 + ratio)
