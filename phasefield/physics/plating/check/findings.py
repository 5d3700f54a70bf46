"""Errors and warnings of the check of a valid plating deck."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from phasefield import materials
from phasefield.check.common import coarse, unresolved
from phasefield.deck.base import given
from phasefield.errors import Problem
from phasefield.physics.plating.check.derived import derived
from phasefield.theory import FARADAY, GAS_CONSTANT
from phasefield.units import pretty

if TYPE_CHECKING:
    from phasefield.physics.plating.deck import PlatingDeck

#: Part of the mobility that keeps the profile with which a front may already lose it.
LEAST_MOBILITY = 0.2
#: Ohmic drop across the width of the interface, in RT/F, up to which the answers are verified, and to which they may be
#: used: at 47 the voltage of a flat front is 3 % off.
LARGEST_DROP, MOST_DROP = 2.0, 20.0
#: Resistance of the interface's width over that of charge transfer (and film) at rest: at 280 a step takes 50 to 100
#: linear iterations, at 900 the solver fails in a cell of 30 µm. SLOW_ENOUGH gives the same answer.
FASTEST, SLOW_ENOUGH = 500.0, 100.0
#: Widths in the largest capillary length: at 2000 the voltage was 0.4 V off, at 1 it is right.
MOST_CAPILLARY = 10
#: Least thickness of the salt's layer √(D t_Sand), in widths: at 1.4 widths a flat front loses its salt 5 % late, at
#: 0.7 widths 13 %, at 2.8 widths 1.4 %.
THIN_LAYER = 1.5
#: Steps of a run, at most δ²/Γ long, that no run would finish.
MOST_STEPS = 1e7
#: Smallest planned advance over the height of the lithium: sums over all cells are exact to 1e-13 of it.
LEAST_ADVANCE = 1e-9
#: Largest slope of the lithium for linear elasticity.
LARGEST_SLOPE = 0.3
#: Largest part of a column that may flow aside.
LARGEST_FLOW = 0.1
#: Temperature at which a deck gives its values, and the distance up to which no activation energy is missed [K].
ROOM_TEMPERATURE, NEARLY_ROOM = 298.15, 1.0


def errors(deck: PlatingDeck) -> list[Problem]:
    """Problems that make a run pointless; ``--force`` ignores them."""
    return list(_errors(deck, derived(deck)))


def warnings(deck: PlatingDeck) -> list[Problem]:
    """Problems that may make the results wrong or inaccurate."""
    numbers = derived(deck)
    return [
        *_resolution(deck, numbers),
        *_mobility(numbers),
        *_wavelengths(deck, numbers),
        *_current(deck, numbers),
        *_conservation(deck),
        *_temperature(deck),
        *_room(deck, numbers),
        *_geometry(deck),
        *_nuclei(deck, numbers),
        *_mechanics(deck, numbers),
        *_column(deck, numbers),
        *_ceramic(deck),
    ]


def _errors(deck: PlatingDeck, numbers: dict[str, Any]) -> Iterator[Problem]:
    yield from unresolved(numbers["interface_cells"])
    if deck.interface.width >= deck.domain.height:
        yield Problem("interface.width", f"is not less than the height of the box, {pretty(deck.domain.height, 'm')}")
    if numbers["interface_drop"] > MOST_DROP * _thermal(deck):
        yield _drop(deck, numbers)
    length, width = numbers["capillary_length"], deck.interface.width
    if deck.physical_capillarity and length > MOST_CAPILLARY * width:
        message = f"makes a capillary length γV_Li/RT of {pretty(length, 'm')}, more than {MOST_CAPILLARY} widths"
        yield Problem("lithium.interface_energy", f"{message} of the interface: its tails then show a wrong voltage")
    step = numbers["delta"] ** 2 / numbers["mobility"]
    if deck.physical_capillarity and deck.planned_time > MOST_STEPS * step:
        message = f"is so large that steps are at most δ²/Γ = {pretty(step, 's')} long, which no run would finish"
        enough = pretty(numbers["keeping_mobility"], "m^2/s")
        yield Problem("interface.mobility", f"{message}; {enough} keeps the profile")


def _resolution(deck: PlatingDeck, numbers: dict[str, Any]) -> Iterator[Problem]:
    width = deck.interface.width
    yield from coarse(deck, numbers["interface_cells"])
    features = [(f"front.seeds.{i}.radius", 2 * s.radius) for i, s in enumerate(deck.front.seeds)]
    features += [(f"front.spheres.{i}.radius", 2 * s.radius) for i, s in enumerate(deck.front.spheres)]
    features += [(f"front.bumps.{i}.width", b.width) for i, b in enumerate(deck.front.bumps)]
    features += [(f"front.cosines.{i}.wavelength", c.wavelength / 2) for i, c in enumerate(deck.front.cosines)]
    for key, size in features:
        if size < 2 * width:
            narrow = f"makes a feature of {pretty(size, 'm')}, narrower than two interface widths"
            yield Problem(key, f"{narrow} of {pretty(width, 'm')}: its shape is smeared out")
    if LARGEST_DROP * (1 + 1e-9) < numbers["interface_drop"] / _thermal(deck) <= MOST_DROP:
        yield _drop(deck, numbers)


def _drop(deck: PlatingDeck, numbers: dict[str, Any]) -> Problem:
    """The electrolyte inside the interface takes more of the voltage than charge transfer."""
    drop, width = numbers["interface_drop"] / _thermal(deck), deck.interface.width
    finer = pretty(LARGEST_DROP / drop * width, "m")
    message = f"makes the potential drop by {drop:.2g} RT/F across it at the largest current"
    verified = f"results are verified up to {LARGEST_DROP:g} RT/F, here a width of {finer}"
    return Problem("interface.width", f"{message}; {verified}")


def _thermal(deck: PlatingDeck) -> float:
    """RT/F [V]."""
    return GAS_CONSTANT * deck.conditions.temperature / FARADAY


def _mobility(numbers: dict[str, Any]) -> Iterator[Problem]:
    least = LEAST_MOBILITY * numbers["keeping_mobility"]
    if numbers["mobility"] < least:
        message = f"may be too small to keep the profile of the front; at least {pretty(least, 'm^2/s')} is recommended"
        yield Problem("interface.mobility", message)


def _wavelengths(deck: PlatingDeck, numbers: dict[str, Any]) -> Iterator[Problem]:
    width, fastest = deck.interface.width, numbers["most_unstable_wavelength"]
    if deck.domain.dimension > 1 and fastest is not None and fastest < 2 * width and numbers["reach"] < width:
        message = f"is more than the reach σR of {pretty(numbers['reach'], 'm')}"
        message += f" and half of the {pretty(fastest, 'm')} of the ripple that grows fastest"
        yield Problem("interface.width", f"{message}: the shapes of tips and branches follow the width")
    shortest = numbers["marginal_wavelength"]
    if deck.domain.dimension > 1 and shortest is not None and shortest > 2 * max(deck.domain.size[:-1]):
        message = f"is too narrow for the instability: only ripples longer than {pretty(shortest, 'm')} grow"
        yield Problem("domain.size", message)


def _current(deck: PlatingDeck, numbers: dict[str, Any]) -> Iterator[Problem]:
    limit, current = numbers["limiting_current"], numbers["current_density"]
    if limit is not None and current > limit:
        message = f"reach {pretty(current, 'A/m^2')}, but the limiting current is {pretty(limit, 'A/m^2')}"
        depleted = pretty(numbers["sand_time"], "s")
        yield Problem("drive.steps", f"{message}: the salt at the lithium is depleted after about {depleted}")
        layer = math.sqrt(given(deck.diffusivity) * numbers["sand_time"])
        asked = any(step.current_density == current for step in deck.drive.each)  # a voltage does not end the run
        if asked and layer < THIN_LAYER * deck.interface.width:
            thin = f"makes the layer that loses its salt, √(D t_Sand) = {pretty(layer, 'm')}, thinner than"
            late = f"{thin} {THIN_LAYER:g} widths: the salt is used up some 5 % late, or more"
            yield Problem("interface.width", late)
    among = (numbers[key] or 0.0 for key in ("overpotential", "stripping_overpotential", "counter_overpotential"))
    largest = max(among, key=abs)
    yield from _fast(deck, numbers)
    if deck.kinetics.law == "linear" and abs(largest) > _thermal(deck):
        beyond = f'is "linear", but the overpotential is {pretty(largest, "V")}, more than RT/F'
        yield Problem("kinetics.law", f'{beyond}: use "butler-volmer"')
    spacing = min(deck.domain.spacing)
    if deck.coating and deck.coating.extremes[1] > spacing:
        message = f"is more than a cell of {pretty(spacing, 'm')}, but the model assumes that the film is thinner"
        yield Problem("coating.thickness", message)


def _fast(deck: PlatingDeck, numbers: dict[str, Any]) -> Iterator[Problem]:
    """Charge transfer so fast that it only makes the equations hard to solve."""
    width = deck.interface.width / deck.conductivity
    resistance = _thermal(deck) / numbers["exchange_current_density"] + numbers["film_resistance"]
    if width > FASTEST * resistance:
        enough = pretty(SLOW_ENOUGH * _thermal(deck) / width, "A/m^2")
        fast = "makes charge transfer so fast that the linear solver may need many iterations, or fail"
        yield Problem("kinetics.exchange_current_density", f"{fast}; {enough} gives nearly the same answer")


def _temperature(deck: PlatingDeck) -> Iterator[Problem]:
    """Values that do not follow the temperature, though it is not that at which they are given."""
    temperature, electrolyte = deck.conditions.temperature, deck.electrolyte
    if abs(temperature - ROOM_TEMPERATURE) <= NEARLY_ROOM:
        return
    energies = {"electrolyte.activation_energy": electrolyte.activation_energy}
    if electrolyte.transport == "binary":
        energies["electrolyte.diffusion_activation_energy"] = electrolyte.diffusion_activation_energy
    energies["kinetics.activation_energy"] = deck.kinetics.activation_energy
    if deck.counter and deck.counter.exchange_current_density is not None:
        energies["counter.activation_energy"] = deck.counter.activation_energy
    if deck.coating:
        energies["coating.activation_energy"] = deck.coating.activation_energy
    for key, energy in energies.items():
        if energy is None:
            same = f"the value at {pretty(temperature, 'K')} is that at {ROOM_TEMPERATURE:g} K"
            yield Problem(key, f"is not given: {same}")


def _conservation(deck: PlatingDeck) -> Iterator[Problem]:
    """The FiPy engine conserves less exactly if the salt flux depends on the fields."""
    reservoir = deck.electrolyte.counter_electrode == "reservoir"
    follows = reservoir or any(step.mode == "potentiostatic" for step in deck.drive.each)
    default = deck.solver.profile == "default"
    if deck.electrolyte.transport == "binary" and follows and default and not deck.compiles:
        message = (
            'should be "strict": with this drive, the FiPy engine conserves charge, lithium and salt only to 1e-4, '
            "and solver.closure rejects such steps"
        )
        yield Problem("solver.profile", message)


def _room(deck: PlatingDeck, numbers: dict[str, Any]) -> Iterator[Problem]:
    height, front = deck.domain.height, deck.front
    top = numbers["highest_height"] + front.rise
    if top > 0.9 * height and deck.stop.tip_height is None:
        message = f"is too low: even a flat front would reach {pretty(top, 'm')} of {pretty(height, 'm')}"
        yield Problem("domain.size", f"{message}; use a higher box, or set stop.tip_height")
    moved = max(numbers["highest_height"] - front.height, front.height - numbers["lowest_height"])
    if numbers["current_density"] and moved < LEAST_ADVANCE * front.height:
        yield Problem("drive.steps", "move the front so little that round-off hides it")
    lasting = deck.counter.thickness if deck.counter else None
    if lasting is not None and lasting < (used := numbers["highest_height"] - front.height):
        message = f"is less than the {pretty(used, 'm')} that the drive plates: the run ends when it is used up"
        yield Problem("counter.thickness", message)
    if not deck.bare and numbers["lowest_height"] - front.fall < deck.interface.width:
        yield Problem("drive.steps", "leave less than an interface width of lithium at the lowest points of the front")
    if not deck.bare and front.height - front.fall < 2 * deck.interface.width:
        yield Problem("front.height", "leaves less than two interface widths of lithium below the valleys of the front")
    tip = deck.stop.tip_height
    if tip is not None and tip <= front.height + front.rise:
        yield Problem("stop.tip_height", "is not above the initial front, so the run ends at once")
    elif tip is not None and tip >= height:
        yield Problem("stop.tip_height", f"is above the box, which is {pretty(height, 'm')} high")


def _nuclei(deck: PlatingDeck, numbers: dict[str, Any]) -> Iterator[Problem]:
    """Nuclei that overlap before the mesh resolves them, and barriers that none overcomes."""
    if deck.nucleation is None:
        return
    apart, least = numbers["nuclei_apart"], numbers["least_nucleus"]
    if apart is not None and apart < 2 * least:
        message = f"is too large: sites are {pretty(apart, 'm')} apart, but nuclei are resolved from a radius of"
        yield Problem("interface.width", f"{message} {pretty(least, 'm')} on: they overlap before")
    if numbers["nucleation_overpotential"] is None:
        yield Problem("collector.nucleation.attempt_frequency", "is so small that no nucleus forms up to 2 V")


def _mechanics(deck: PlatingDeck, numbers: dict[str, Any]) -> Iterator[Problem]:
    """Ripples that are too steep for small strain, or that pull at the electrolyte."""
    if deck.mechanics is None:
        return
    if numbers["slope"] > LARGEST_SLOPE:
        steepest = f"make slopes of {numbers['slope']:.2g}, more than {LARGEST_SLOPE:g}"
        yield Problem("front.cosines", f"{steepest}: the stress is that of small strain")
    if deck.front.rise > sum(cosine.amplitude for cosine in deck.front.cosines):
        yield Problem("mechanics", "is linear elasticity at small slopes: bumps and seeds are too steep for it")
    if numbers["ripple_pressure"] > deck.mechanics.pressure:
        tension = f"is less than the {pretty(numbers['ripple_pressure'], 'Pa')} with which the ripples of the front"
        yield Problem("mechanics.pressure", f"{tension} pull in their valleys: a gap would open, and the run has none")


def _column(deck: PlatingDeck, numbers: dict[str, Any]) -> Iterator[Problem]:
    """A column that flows so much that its cross-section changes."""
    if deck.column is None:
        return
    part = numbers["column_flow"] / numbers["highest_height"]
    if part > LARGEST_FLOW:
        flows = f"is reached, and {part:.0%} of the column flow aside, more than {LARGEST_FLOW:.0%}"
        yield Problem("column.yield_stress", f"{flows}: the pressure is that of a column that stays as thin as it was")


def _ceramic(deck: PlatingDeck) -> Iterator[Problem]:
    """An electrolyte that is stiffer than lithium gives it no room."""
    if deck.mechanics is not None:
        key, modulus = "mechanics.electrolyte.youngs_modulus", deck.mechanics.electrolyte.youngs_modulus
    elif (material := deck.electrolyte.material) is not None and "youngs_modulus" in materials.load(material).data():
        key, modulus = "electrolyte.material", materials.load(material).value("youngs_modulus")
    else:
        return
    lithium = materials.load("Li").value("youngs_modulus")
    if modulus > lithium:
        stiffer = f"{pretty(modulus, 'Pa')}, stiffer than lithium ({pretty(lithium, 'Pa')})"
        cracks = 'grows into it as into a liquid; in such a solid it opens cracks, which is the model "crack"'
        yield Problem(key, f"stands for a solid of {stiffer}: here lithium {cracks}")


def _geometry(deck: PlatingDeck) -> Iterator[Problem]:
    for index, cosine in enumerate(deck.front.cosines):
        halves = 2 * deck.domain.size[cosine.axis] / cosine.wavelength
        if abs(halves - round(halves)) > 1e-6 * halves:
            message = f"puts {halves:.4g} half waves into the box: the front has a kink at the mirror walls"
            yield Problem(f"front.cosines.{index}.wavelength", message)
