"""Theory of a cell, evaluated before any simulation: pure functions, SI units.

Signs: plating currents and front velocities are positive, overpotentials of plating negative, i = −i₀B(η).
The profile of the front is ξ = ½[1 − tanh(2x/width)], and δ = width/4.
"""

from phasefield.theory.constants import FARADAY, GAS_CONSTANT
from phasefield.theory.contact import (
    constriction_asr,
    constriction_factor,
    contact_asr,
    linear_charge_transfer_resistance,
    quasi_steady_spread,
    spreading_resistance,
    surface_concentration_change,
    usable_fraction,
)
from phasefield.theory.excess import interface_excess
from phasefield.theory.front import (
    barrier_height,
    capillary_length,
    effective_interface_energy,
    front_velocity,
    gibbs_thomson,
    gradient_coefficient,
    interface_cells,
    keeping_mobility,
    physical_mobility,
    shrinking_radius,
)
from phasefield.theory.host import front_share, growth_rate_in_host, lithiated_amount, spreading_length
from phasefield.theory.interphase import (
    ambipolar_conductivity,
    arrhenius,
    crossover_thickness,
    equivalent_thickness,
    grown_thickness,
    growth_current,
    growth_exponent,
    layer_resistance,
    leaked_share,
    logarithmic_thickness,
    parabolic_constant,
    pinhole_mean_thickness,
    reaction_velocity,
    steady_thickness,
    tunnelled_thickness,
    tunnelling_conductivity,
)
from phasefield.theory.kinetics import RateLaw, film_resistance, planar_current, pressure_overpotential, tafel
from phasefield.theory.stability import (
    growth_rate,
    marginal_wavelength,
    most_unstable_wavelength,
    ripple_conductivity,
)
from phasefield.theory.transport import diffusion_length, limiting_current, sand_time, wagner_number

__all__ = [
    "FARADAY",
    "GAS_CONSTANT",
    "RateLaw",
    "ambipolar_conductivity",
    "arrhenius",
    "barrier_height",
    "capillary_length",
    "constriction_asr",
    "constriction_factor",
    "contact_asr",
    "crossover_thickness",
    "diffusion_length",
    "effective_interface_energy",
    "equivalent_thickness",
    "film_resistance",
    "front_share",
    "front_velocity",
    "gibbs_thomson",
    "gradient_coefficient",
    "grown_thickness",
    "growth_current",
    "growth_exponent",
    "growth_rate",
    "growth_rate_in_host",
    "interface_cells",
    "interface_excess",
    "keeping_mobility",
    "layer_resistance",
    "leaked_share",
    "limiting_current",
    "linear_charge_transfer_resistance",
    "lithiated_amount",
    "logarithmic_thickness",
    "marginal_wavelength",
    "most_unstable_wavelength",
    "parabolic_constant",
    "physical_mobility",
    "pinhole_mean_thickness",
    "planar_current",
    "pressure_overpotential",
    "quasi_steady_spread",
    "reaction_velocity",
    "ripple_conductivity",
    "sand_time",
    "shrinking_radius",
    "spreading_length",
    "spreading_resistance",
    "steady_thickness",
    "surface_concentration_change",
    "tafel",
    "tunnelled_thickness",
    "tunnelling_conductivity",
    "usable_fraction",
    "wagner_number",
]
