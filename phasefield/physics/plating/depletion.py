"""Salt at a flat front that plates for long: what ripples on it feel."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from phasefield.theory.constants import FARADAY, GAS_CONSTANT
from phasefield.theory.kinetics import RateLaw
from phasefield.theory.root import root
from phasefield.theory.stability import ripple_conductivity
from phasefield.theory.transport import limiting_current, sand_time

if TYPE_CHECKING:
    from phasefield.deck import DriveStep
    from phasefield.physics.plating.planned import Planned

#: Smallest salt at the front over the initial one, so that resistances stay finite where it is used up.
LEAST_SALT = 1e-9


class Sustained(NamedTuple):
    """A flat front after a long time, or at the planned end if that is sooner.

    Attributes
    ----------
    current : float [A/m^2]
        Plating current density; for a given voltage the one that the depleted salt lets pass.
    salt : float
        Salt at the front over the initial one.
    resistance : float [ohm m^2]
        Of charge transfer there, and of the film.
    conductivity : float [S/m]
        By which a ripple feels the electrolyte.
    """

    current: float
    salt: float
    resistance: float
    conductivity: float


def sustained(planned: Planned) -> Sustained:
    """The front of the step that plates fastest; without a salt, that of the planned current.

    If a hold begins with the current of the step before it, both are fastest: then the one whose current ends lower.
    """
    deck, current = planned.deck, planned.plating_current
    if deck.electrolyte.transport != "binary" or current == 0:
        return Sustained(current, 1.0, planned.resistance, deck.conductivity)
    fastest = (s for s, i in zip(deck.drive.each, planned.currents, strict=True) if i == current)
    return min((_sustained(planned, step, current) for step in fastest), key=lambda front: front.current)


def _sustained(planned: Planned, step: DriveStep, current: float) -> Sustained:
    if step.voltage is None:
        return _front(planned, current, 1 - min(current / _limit(planned), math.sqrt(_time(planned, step, current))))
    share = _share(planned, -step.voltage)
    return _front(planned, share * _limit(planned), 1 - share)


def _share(planned: Planned, voltage: float) -> float:
    """Part of the limiting current that a voltage drives, plating positive; all salt is never used."""
    most = 1 - LEAST_SALT
    if voltage <= 0:  # the pressure in the lithium drives the current
        return 0.0
    if voltage >= _voltage(planned, most):
        return most
    return root(lambda part: _voltage(planned, part) - voltage, 0.0, most)


def _limit(planned: Planned) -> float:
    e = planned.deck.electrolyte
    return limiting_current(*_salt(planned), planned.deck.gap, reservoir=e.counter_electrode == "reservoir")


def _salt(planned: Planned) -> tuple[float, float, float]:
    e, diffusivity = planned.deck.electrolyte, planned.deck.diffusivity
    assert diffusivity is not None and e.concentration is not None and e.transference_number is not None
    return diffusivity, e.concentration, e.transference_number


def _time(planned: Planned, step: DriveStep, current: float) -> float:
    """Duration of a step over Sand's time, whose root is the part of the salt that is gone then."""
    return (step.duration or planned.deck.planned_time) / sand_time(current, *_salt(planned))


def _front(planned: Planned, current: float, salt: float) -> Sustained:
    deck, salt = planned.deck, max(salt, LEAST_SALT)
    e, temperature = deck.electrolyte, deck.conditions.temperature
    charge = _law(planned.law, salt).resistance(current)
    diffusivity, concentration, transference = _salt(planned)
    conductivity = ripple_conductivity(
        deck.conductivity * salt**e.conductivity_exponent, salt * concentration, diffusivity, transference,
        e.thermodynamic_factor, temperature, deck.kinetics.anodic_transfer_coefficient * current * charge,
    )  # fmt: skip
    return Sustained(current, salt, charge + planned.film_resistance, conductivity)


def _law(law: RateLaw, salt: float) -> RateLaw:
    """A law where the salt is ``salt`` times the initial one."""
    return replace(law, exchange_current_density=law.exchange_current_density * salt**law.anodic)


def _voltage(planned: Planned, share: float) -> float:
    """Voltage that a part of the limiting current takes once the salt's profile is straight [V], plating positive."""
    deck, current, salt = planned.deck, share * _limit(planned), 1 - share
    e, top = deck.electrolyte, 1.0 if deck.electrolyte.counter_electrode == "reservoir" else 1 + share
    transference = _salt(planned)[2]
    p, ratio = e.conductivity_exponent, math.log(top / salt)
    mean = ratio if p == 1 else (top ** (1 - p) - salt ** (1 - p)) / (1 - p)  # of (c/c₀)^−p over the gap
    ohmic = deck.gap / deck.conductivity * (mean / (top - salt) if share else 1.0) + planned.film_resistance
    β = 2 * (1 - transference) * e.thermodynamic_factor * GAS_CONSTANT * deck.conditions.temperature / FARADAY
    kinetic = _law(planned.law, salt).overpotential(current)
    if planned.counter:
        kinetic -= _law(planned.counter, top).overpotential(-current)
    return current * ohmic + β * ratio - kinetic
