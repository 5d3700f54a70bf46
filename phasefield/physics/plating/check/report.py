"""Report of ``phasefield check`` on a plating deck."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from phasefield.check.common import Row, area_resistance, box_rows, si
from phasefield.check.drive import drive_rows
from phasefield.deck.base import given
from phasefield.physics.plating.check.derived import derived
from phasefield.theory import pressure_overpotential

if TYPE_CHECKING:
    from phasefield.physics.plating.deck import PlatingDeck
#: Widths in the shortest ripple that grows as the theory says, within 5 %.
RESOLVED_WIDTHS = 10


def sections(deck: PlatingDeck) -> dict[str, Iterator[Row]]:
    """Rows of the report by section title."""
    numbers = derived(deck)
    return {
        "Case": _case(deck, numbers),
        "Interface": _interface(deck, numbers),
        "Cell": _cell(deck, numbers),
        **({"Nuclei": _nuclei(deck, numbers)} if deck.nucleation else {}),
        "Growth of small ripples": _stability(deck, numbers),
        **({"Mechanics": _mechanics(deck, numbers)} if deck.mechanics else {}),
        **({"Column": _column(deck, numbers)} if deck.column else {}),
        "Run": _run(deck, numbers),
    }


def _case(deck: PlatingDeck, numbers: dict[str, Any]) -> Iterator[Row]:
    electrolyte = deck.electrolyte
    yield from _mesh(deck, numbers) if deck.domain.mesh else box_rows(deck, numbers["cells"])
    kind = f"{electrolyte.transport} {electrolyte.name or electrolyte.material or ''}".strip()
    yield Row("electrolyte", si(deck.conductivity, "S/m"), kind)
    yield from drive_rows(deck)


def _mesh(deck: PlatingDeck, numbers: dict[str, Any]) -> Iterator[Row]:
    """The mesh, and the distance between its ends."""
    domain, triangles = deck.domain, deck.domain.triangles
    bottom, top = si(triangles.length("bottom"), "m"), si(triangles.length("top"), "m")
    yield Row("mesh", f"{numbers['cells']} triangles", f"{domain.mesh}, {' × '.join(si(x, 'm') for x in domain.size)}")
    yield Row("electrode", bottom, f"counter electrode {top}, at a distance of at least {si(domain.height, 'm')}")


def _mechanics(deck: PlatingDeck, numbers: dict[str, Any]) -> Iterator[Row]:
    m = given(deck.mechanics)
    for name, phase in (("electrolyte", m.electrolyte), ("lithium", m.metal)):
        moduli = f"{phase.youngs_modulus / 1e9:.3g} GPa, {phase.poisson_ratio:g}"
        yield Row(f"{name} E, ν", moduli, phase.material or "")
    yield Row("pressure of a ripple", si(numbers["ripple_modulus"], "Pa"), "times its amplitude times 2π/wavelength")


def _column(deck: PlatingDeck, numbers: dict[str, Any]) -> Iterator[Row]:
    column = given(deck.column)
    yield Row("support", f"{column.stiffness / 1e12:.4g} MPa/µm", "stiffness by area of the column")
    yield Row("lithium E", si(column.youngs_modulus, "Pa"), column.material or "")
    worth = pressure_overpotential(1.0, deck.lithium.molar_volume)
    if column.yield_stress is not None:
        flows = f"worth {si(column.yield_stress * worth, 'V')}; more voltage does not end the growth"
        yield Row("yield stress", si(column.yield_stress, "Pa"), flows)
    if (pressure := numbers["column_pressure"]) is not None:
        yield Row("largest pressure", si(pressure, "Pa"), "at which lithium flows, or growth ends")
    yield Row("growth ends in", si(numbers["column_time"], "s"), "time constant R_ct(F/V_Li)²(1/k + H/E) at a voltage")


def _interface(deck: PlatingDeck, numbers: dict[str, Any]) -> Iterator[Row]:
    yield Row("width δ_PF", si(deck.interface.width, "m"))
    yield Row("δ = δ_PF/4", si(numbers["delta"], "m"))
    yield Row("cells across 10–90 %", f"{numbers['interface_cells']:.3g}", "at least 6 are recommended")
    yield Row("well height W = 3γ/δ", si(numbers["W"], "J/m^3"))
    yield Row("gradient coefficient κ = 6δγ", si(numbers["kappa"], "J/m"))
    chosen = "from the deck" if deck.interface.mobility else "automatic"
    keeping = si(numbers["keeping_mobility"], "m^2/s")
    yield Row("mobility Γ", si(numbers["mobility"], "m^2/s"), f"{chosen}; {keeping} keeps the profile")
    energy, effective = numbers["interface_energy"], numbers["effective_interface_energy"]
    remark = "from the deck" if deck.physical_capillarity else f"of Γ; {effective / energy:.3g} times the physical one"
    yield Row("interface energy that acts", si(effective, "J/m^2"), remark)
    yield Row("capillary length", si(numbers["capillary_length"], "m"), "γV_Li/RT")


def _cell(deck: PlatingDeck, numbers: dict[str, Any]) -> Iterator[Row]:
    current = numbers["current_density"]
    yield Row("largest current density", si(current, "A/m^2"), f"{current / 10:.4g} mA/cm²")
    velocity = numbers["velocity"]
    yield Row("velocity of a flat front", si(velocity, "m/s"), f"{velocity * 3.6e9:.4g} µm/h")
    film = "under the film, " if deck.coating else ""
    overpotential = si(numbers["overpotential"], "V")
    charge_transfer = area_resistance(numbers["charge_transfer_resistance"])
    yield Row("charge transfer R_ct", charge_transfer, f"{film}at an overpotential of {overpotential}")
    if numbers["stripping_overpotential"] not in (None, numbers["overpotential"]):
        stripping = area_resistance(numbers["stripping_charge_transfer_resistance"])
        overpotential = si(numbers["stripping_overpotential"], "V")
        yield Row("R_ct while stripping", stripping, f"{film}at an overpotential of {overpotential}")
    if deck.coating:
        ratio = numbers["film_resistance"] / numbers["charge_transfer_resistance"]
        yield Row("film R_film", area_resistance(numbers["film_resistance"]), f"{ratio:.3g} times R_ct")
    if numbers["current_focusing"] > 1:
        focusing = f"up to × {numbers['current_focusing']:.3g}"
        yield Row("current at defects", focusing, "if film and defects are in parallel")
    yield _counter(deck, numbers)
    gap = f"gap of {si(deck.gap, 'm')}{'' if deck.counter else ' at the start'}"
    yield Row("electrolyte L/σ", area_resistance(numbers["electrolyte_resistance"]), gap)
    extent = "width" if deck.domain.dimension > 1 else "height"
    wagner = f"L is the {extent} of the box; below 1, tips draw more current"
    yield Row("Wagner number σR/L", f"{numbers['wagner_number']:.3g}", wagner)
    if numbers["limiting_current"] is not None:
        yield from _salt(numbers)


def _counter(deck: PlatingDeck, numbers: dict[str, Any]) -> Row:
    """The counter electrode, or what it leaves out."""
    if deck.electrolyte.counter_electrode == "reservoir":
        return Row("counter electrode", "ideal", "a reservoir of salt without an overpotential")
    if deck.counter is None:
        return Row("counter electrode", "ideal", "no overpotential, and it does not recede; see [counter]")
    charge_transfer = area_resistance(numbers["counter_charge_transfer_resistance"])
    overpotential = si(numbers["counter_overpotential"], "V")
    return Row("R_ct of the counter electrode", charge_transfer, f"at {overpotential}; it recedes, so the gap stays")


def _salt(numbers: dict[str, Any]) -> Iterator[Row]:
    share = numbers["current_density"] / numbers["limiting_current"]
    yield Row("limiting current", si(numbers["limiting_current"], "A/m^2"), f"the planned current is {share:.0%} of it")
    if numbers["sand_time"] is not None:
        yield Row(
            "Sand's time", si(numbers["sand_time"], "s"), "until the salt is depleted, above the limiting current"
        )
    if numbers["diffusion_length"] is not None:
        yield Row("diffusion length D/v", si(numbers["diffusion_length"], "m"))


def _stability(deck: PlatingDeck, numbers: dict[str, Any]) -> Iterator[Row]:
    wavelength = numbers["most_unstable_wavelength"]
    if deck.domain.dimension == 1:
        return
    if wavelength is None:
        yield Row("most unstable wavelength", "none", "no lithium is plated")
        return
    fit = max(deck.domain.size[:-1]) / wavelength
    yield Row("most unstable wavelength", si(wavelength, "m"), f"{fit:.3g} wavelengths fit into the box")
    yield Row("largest growth rate", *_rate(numbers["largest_growth_rate"]))
    if numbers["salt_at_front"] < 1:
        salt, current = f"{numbers['salt_at_front']:.2g} c₀", si(numbers["sustained_current"], "A/m^2")
        yield Row("salt at a flat front", salt, f"that has plated {current} for long; of it are the numbers here")
    reach = numbers["reach"] / deck.interface.width
    yield Row("reach σR", si(numbers["reach"], "m"), f"{reach:.2g} widths; shorter ripples grow no faster")
    shortest, resolved = numbers["marginal_wavelength"], RESOLVED_WIDTHS * deck.interface.width
    remark = f"shorter than {si(resolved, 'm')}, the shortest that the width resolves" if shortest < resolved else ""
    yield Row("shortest growing wavelength", si(shortest, "m"), remark)
    for ripple in numbers["ripples"]:
        value, remark = _rate(ripple["growth_rate"])
        yield Row(f"ripple of {si(ripple['wavelength'], 'm')}", value, remark)


def _nuclei(deck: PlatingDeck, numbers: dict[str, Any]) -> Iterator[Row]:
    apart = f"{si(numbers['nuclei_apart'], 'm')} apart" if numbers["nuclei_apart"] else ""
    yield Row("sites", f"{numbers['nucleation_sites']}", apart)
    at = numbers["nucleation_overpotential"]
    if at is not None:
        classical = given(deck.nucleation).attempt_frequency is not None
        remark = "at which a site forms one nucleus per second" if classical else "the least of the deck's means"
        yield Row("overpotential of nucleation", si(at, "V"), remark)
        yield Row("critical radius 2γV_Li/Fη", si(numbers["critical_radius"], "m"), "at that overpotential")
        angle = f"{math.degrees(deck.contact_angle):.3g}°"
        barrier = f"{numbers['nucleation_barrier_kT']:.3g} kT at a contact angle of {angle}"
        yield Row("barrier ΔG*", si(numbers["nucleation_barrier"], "J"), barrier)
    largest = numbers["largest_overpotential"]
    reached = f"at {si(largest, 'V')}" if largest is not None else "whatever the overpotential is"
    remark = f"{reached}, estimated for the first step that plates"
    yield Row("expected nuclei", f"{numbers['expected_nuclei']:.3g}", remark)
    yield Row("smallest resolved nucleus", si(numbers["least_nucleus"], "m"), "radius of curvature")


def _rate(rate: float) -> tuple[str, str]:
    if rate == 0:
        return "0 1/s", ""
    return si(rate, "1/s"), f"{'e-fold growth' if rate > 0 else 'decays'} in {si(1 / abs(rate), 's')}"


def _run(deck: PlatingDeck, numbers: dict[str, Any]) -> Iterator[Row]:
    start, end = deck.front.height, numbers["planned_height"]
    yield Row("mean lithium height", si(end, "m"), ", ".join([_end(deck, end), *_between(numbers, start, end)]))
    yield Row("time method", deck.method, f"not split: {deck.unsplit}" if deck.unsplit else "")


def _end(deck: PlatingDeck, end: float) -> str:
    start = si(deck.front.height, "m")
    if end <= 0:
        return f"all lithium is stripped before the planned end; {start} at the start"
    return f"planned end, {end / deck.domain.height:.0%} of the box; {start} at the start"


def _between(numbers: dict[str, Any], start: float, end: float) -> Iterator[str]:
    """Heights between start and end that are higher or lower than both."""
    if numbers["highest_height"] > max(start, end):
        yield f"{si(numbers['highest_height'], 'm')} at most"
    if numbers["lowest_height"] < min(start, end):
        yield f"{si(numbers['lowest_height'], 'm')} at least"
