"""What theory says about a cell before anything is simulated: pure functions, SI units.

Signs: plating currents and front velocities are positive, overpotentials of plating negative, i = −i₀B(η).
The profile of the front is ξ = ½[1 − tanh(2x/width)], and δ = width/4.
"""

from phasefield.theory.constants import FARADAY, GAS_CONSTANT
from phasefield.theory.front import (
    barrier_height,
    bulk_stability_threshold,
    capillary_length,
    effective_interface_energy,
    front_response,
    front_velocity,
    gibbs_thomson,
    gradient_coefficient,
    interface_cells,
    physical_mobility,
    reaction_rate_constant,
    shrinking_radius,
    sufficient_mobility,
)
from phasefield.theory.kinetics import RateLaw, film_resistance, planar_current, tafel
from phasefield.theory.planned import Planned, automatic_mobility
from phasefield.theory.stability import growth_rate, marginal_wavelength, most_unstable_wavelength
from phasefield.theory.transport import diffusion_length, limiting_current, sand_time, wagner_number

__all__ = [
    "FARADAY",
    "GAS_CONSTANT",
    "Planned",
    "RateLaw",
    "automatic_mobility",
    "barrier_height",
    "bulk_stability_threshold",
    "capillary_length",
    "diffusion_length",
    "effective_interface_energy",
    "film_resistance",
    "front_response",
    "front_velocity",
    "gibbs_thomson",
    "gradient_coefficient",
    "growth_rate",
    "interface_cells",
    "limiting_current",
    "marginal_wavelength",
    "most_unstable_wavelength",
    "physical_mobility",
    "planar_current",
    "reaction_rate_constant",
    "sand_time",
    "shrinking_radius",
    "sufficient_mobility",
    "tafel",
    "wagner_number",
]
