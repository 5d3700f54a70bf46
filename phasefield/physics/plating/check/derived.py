"""Numbers that follow from a deck before anything is simulated."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from phasefield import theory
from phasefield.physics.plating import planned as planned_
from phasefield.physics.plating.depletion import sustained
from phasefield.physics.plating.expected import ExpectedNuclei
from phasefield.theory.elasticity import ripple_modulus

if TYPE_CHECKING:
    from phasefield.physics.plating.deck import PlatingDeck


def derived(deck: PlatingDeck) -> dict[str, Any]:
    """Numbers that follow from a deck.

    Parameters
    ----------
    deck : PlatingDeck

    Returns
    -------
    dict
        SI floats by ASCII name, JSON-able; None for infinite values and for quantities that this deck does not have.
        With a coating, resistances and stability are those of the intact film. Overpotential and charge-transfer
        resistance are those at the largest plating current, or at the largest stripping current if nothing is plated.
    """
    planned = planned_.Planned(deck)
    numbers = {
        **_interface(deck, planned),
        **_cell(deck, planned),
        **_stability(deck, planned),
        **_nuclei(deck),
        **_mechanics(deck),
        **_column(deck, planned),
        "planned_time": deck.planned_time,
        "planned_height": planned.heights[-1],
        "highest_height": max(planned.heights),
        "lowest_height": min(planned.heights),
        "cells": math.prod(deck.domain.shape),
    }
    finite = {key: value if math.isfinite(value) else None for key, value in numbers.items()}
    return {**finite, "ripples": _ripples(deck, planned)}


def _interface(deck: PlatingDeck, planned: planned_.Planned) -> dict[str, float]:
    width, volume, energy = deck.interface.width, deck.lithium.molar_volume, deck.lithium.interface_energy
    return {
        "delta": width / 4,
        "W": theory.barrier_height(width, energy),
        "kappa": theory.gradient_coefficient(width, energy),
        "mobility": planned.mobility,
        "keeping_mobility": theory.keeping_mobility(width, planned.fastest),
        "interface_cells": theory.interface_cells(width, deck.domain.coarsest(_reach(deck, planned))),
        "interface_energy": energy,
        "effective_interface_energy": theory.effective_interface_energy(
            planned.capillary_mobility, volume, planned.resistance
        ),
        "capillary_length": theory.capillary_length(energy, volume, deck.conditions.temperature),
    }


def _reach(deck: PlatingDeck, planned: planned_.Planned) -> float:
    """Largest height of the interface if the lithium grows as planned [m]."""
    return max(*planned.heights, deck.stop.tip_height or 0.0) + deck.front.rise + deck.interface.width


def _cell(deck: PlatingDeck, planned: planned_.Planned) -> dict[str, float]:
    current = planned.largest_current
    velocity = theory.front_velocity(current, deck.lithium.molar_volume)
    extent = max(deck.domain.size[:-1] or deck.domain.size)
    return {
        "current_density": current,
        "velocity": velocity,
        "exchange_current_density": planned.law.exchange_current_density,
        "overpotential": planned.law.overpotential(planned.driving_current),
        "charge_transfer_resistance": planned.charge_transfer_resistance,
        **_stripping(planned),
        **_counter(planned),
        "film_resistance": planned.film_resistance,
        "electrolyte_resistance": deck.gap / deck.conductivity,
        "interface_drop": current * deck.interface.width / deck.conductivity,
        "current_focusing": planned.focusing,
        "wagner_number": theory.wagner_number(deck.conductivity, planned.resistance, extent),
        **_salt(deck, current, velocity),
    }


def _nuclei(deck: PlatingDeck) -> dict[str, float]:
    """Nucleation on the collector; nothing without it."""
    if deck.nucleation is None:
        return {}
    expected = ExpectedNuclei(deck)
    at = expected.overpotential
    possible = math.isfinite(at)
    barrier = expected.barrier(at) if possible else math.inf
    return {
        "nucleation_overpotential": at,
        "critical_radius": expected.critical_radius(at) if possible else math.inf,
        "nucleation_barrier": barrier,
        "nucleation_barrier_kT": barrier / (theory.BOLTZMANN * deck.conditions.temperature),
        "nucleation_sites": expected.sites,
        "largest_overpotential": expected.largest,
        "expected_nuclei": expected.number,
        "nuclei_apart": expected.apart,
        "least_nucleus": expected.least_radius,
    }


def _mechanics(deck: PlatingDeck) -> dict[str, float]:
    """Slope of the ripples of the front, and their pressure on an elastic electrolyte; nothing without mechanics."""
    if deck.mechanics is None:
        return {}
    slope = sum(2 * math.pi * cosine.amplitude / cosine.wavelength for cosine in deck.front.cosines)
    modulus = _ripple_modulus(deck)
    return {"slope": slope, "ripple_modulus": modulus, "ripple_pressure": modulus * slope}


def _column(deck: PlatingDeck, planned: planned_.Planned) -> dict[str, float]:
    """Largest pressure of a column, time in which its growth ends, and how much of it flows; nothing without one."""
    column = deck.column
    if column is None:
        return {}
    worth = theory.pressure_overpotential(1.0, deck.lithium.molar_volume)
    flows = planned.column_length(column.strength) if math.isfinite(column.strength) else math.inf
    return {
        "column_pressure": max(planned.column_pressure(step) for step in deck.drive.each),
        "column_time": column.compliance(deck.front.height) * planned.resistance / worth**2,
        "column_flow": max(0.0, max(planned.heights) - flows),
    }


def _ripple_modulus(deck: PlatingDeck) -> float:
    """K of :func:`phasefield.theory.elasticity.ripple_modulus`; 0 without mechanics [Pa]."""
    m = deck.mechanics
    return ripple_modulus(m.electrolyte.lame, m.metal.lame) if m else 0.0


def _stripping(planned: planned_.Planned) -> dict[str, float]:
    """Overpotential and charge-transfer resistance at the largest stripping current; infinite without one."""
    current = planned.stripping_current
    return {
        "stripping_overpotential": planned.law.overpotential(current) if current else math.inf,
        "stripping_charge_transfer_resistance": planned.law.resistance(current) if current else math.inf,
    }


def _counter(planned: planned_.Planned) -> dict[str, float]:
    """Overpotential and charge-transfer resistance of the counter electrode; infinite if it takes none."""
    law, current = planned.counter, -planned.driving_current
    return {
        "counter_overpotential": law.overpotential(current) if law else math.inf,
        "counter_charge_transfer_resistance": law.resistance(current) if law else math.inf,
    }


def _salt(deck: PlatingDeck, current: float, velocity: float) -> dict[str, float]:
    """Numbers of the salt; infinite in a single-ion electrolyte, which cannot run out of it."""
    e = deck.electrolyte
    if deck.diffusivity is None or e.concentration is None or e.transference_number is None:
        return dict.fromkeys(("diffusion_length", "limiting_current", "sand_time", "depletion"), math.inf)
    salt = (deck.diffusivity, e.concentration, e.transference_number)
    reservoir = e.counter_electrode == "reservoir"
    limit, sand = theory.limiting_current(*salt, deck.gap, reservoir=reservoir), theory.sand_time(current, *salt)
    return {
        "diffusion_length": theory.diffusion_length(deck.diffusivity, velocity),
        "limiting_current": limit,
        "sand_time": sand,
        "depletion": min(current / limit, math.sqrt(deck.planned_time / sand)),
    }


def _ripple_parameters(deck: PlatingDeck, planned: planned_.Planned) -> tuple[float, float, float, float, float]:
    """Velocity, conductivity, resistance, Γ and e for the formulas of stability, in a salt those of the used front."""
    front, lithium = sustained(planned), deck.lithium
    velocity = theory.front_velocity(front.current, lithium.molar_volume)
    physical = theory.physical_mobility(lithium.interface_energy, lithium.molar_volume, front.resistance)
    mobility = physical if deck.physical_capillarity else planned.mobility
    elasticity = front.conductivity * (lithium.molar_volume / theory.FARADAY) ** 2 * _ripple_modulus(deck)
    return velocity, front.conductivity, front.resistance, mobility, elasticity


def _stability(deck: PlatingDeck, planned: planned_.Planned) -> dict[str, float]:
    parameters = _ripple_parameters(deck, planned)
    wavelength = theory.most_unstable_wavelength(*parameters)
    return {
        "most_unstable_wavelength": wavelength,
        "largest_growth_rate": theory.growth_rate(2 * math.pi / wavelength, *parameters),
        "marginal_wavelength": theory.marginal_wavelength(*parameters),
        "reach": parameters[1] * parameters[2],
        "salt_at_front": sustained(planned).salt,
        "sustained_current": sustained(planned).current,
    }


def _ripples(deck: PlatingDeck, planned: planned_.Planned) -> list[dict[str, float]]:
    """Growth rate of each cosine of the front."""
    parameters = _ripple_parameters(deck, planned)
    return [
        {
            "wavelength": cosine.wavelength,
            "growth_rate": theory.growth_rate(2 * math.pi / cosine.wavelength, *parameters),
        }
        for cosine in deck.front.cosines
    ]


def unknowns(deck: PlatingDeck) -> int:
    """Number of unknowns per cell."""
    return 2 + (deck.electrolyte.transport == "binary") + (deck.nucleation is not None)
