"""The table that ``phasefield check`` prints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from phasefield.check.concerns import errors, warnings
from phasefield.check.numbers import MEMORY_PER_RANK, derived
from phasefield.units import pretty

if TYPE_CHECKING:
    from phasefield.deck import Deck


class Row(NamedTuple):
    """One line: what it is, its value, what to think of it."""

    name: str
    value: str
    remark: str = ""


def report(deck: Deck) -> str:
    """Lay out what follows from a deck, then its errors and warnings.

    Parameters
    ----------
    deck : Deck

    Returns
    -------
    str
        Several lines for a terminal.
    """
    numbers = derived(deck)
    sections = {
        "Case": _case(deck, numbers),
        "Interface": _interface(deck, numbers),
        "Cell": _cell(deck, numbers),
        "Growth of small ripples": _stability(deck, numbers),
        "Run": _run(deck, numbers),
    }
    tables = {title: list(rows) for title, rows in sections.items()}
    names = max(len(row.name) for rows in tables.values() for row in rows)
    values = max(len(row.value) for rows in tables.values() for row in rows if row.remark)
    lines = [deck.title] if deck.title else []
    for title, rows in tables.items():
        if rows:
            lines += ["", title]
            lines += [f"  {row.name:{names}}  {row.value:{values}}  {row.remark}".rstrip() for row in rows]
    lines += [""] + [f"error: {problem}" for problem in errors(deck)]
    lines += [f"warning: {problem}" for problem in warnings(deck)]
    return "\n".join(lines).strip("\n")


def _si(value: float, unit: str = "") -> str:
    """`pretty` with raised exponents and the ohm's sign."""
    text = pretty(value, unit)
    for plain, raised in (("^2", "²"), ("^3", "³"), ("ohm", "Ω")):
        text = text.replace(plain, raised)
    return text


def _area_resistance(value: float) -> str:
    return f"{value * 1e4:.4g} Ω cm²"


def _case(deck: Deck, numbers: dict[str, Any]) -> Iterator[Row]:
    domain, drive, electrolyte = deck.domain, deck.drive, deck.electrolyte
    box = " × ".join(_si(length, "m") for length in domain.size)
    yield Row("box", box, f"{domain.dimension}-D, height last")
    spacing = sorted({_si(h, "m") for h in domain.spacing})
    count = f"{numbers['cells']} cells of {' to '.join(spacing)}"
    yield Row("mesh", " × ".join(map(str, domain.cells)), count)
    kind = f"{electrolyte.transport} {electrolyte.name}".strip()
    yield Row("electrolyte", _si(electrolyte.conductivity, "S/m"), kind)
    steps = f"{len(drive.steps)} step{'s' * (len(drive.steps) > 1)}"
    yield Row("drive", steps + f" × {drive.cycles} cycles" * (drive.cycles > 1), _modes(deck))
    yield Row("planned time", _si(numbers["planned_time"], "s"))


def _modes(deck: Deck) -> str:
    def told(step):
        if step.mode == "galvanostatic":
            return _si(step.current_density, "A/m^2")
        return _si(step.voltage, "V") if step.mode == "potentiostatic" else "rest"

    listed = [told(step) for step in deck.drive.steps[:4]]
    return ", ".join(listed) + ", …" * (len(deck.drive.steps) > 4)


def _interface(deck: Deck, numbers: dict[str, Any]) -> Iterator[Row]:
    yield Row("width δ_PF", _si(deck.interface.width, "m"))
    yield Row("δ = δ_PF/4", _si(numbers["delta"], "m"))
    yield Row("cells across 10–90 %", f"{numbers['interface_cells']:.3g}", "6 or more are good")
    yield Row("well height W = 3γ/δ", _si(numbers["W"], "J/m^3"))
    yield Row("gradient coefficient κ = 6δγ", _si(numbers["kappa"], "J/m"))
    yield Row("kinetic coefficient L_η", _si(numbers["L_eta"], "1/s"))
    chosen = "given" if deck.interface.mobility else "automatic"
    yield Row("mobility Γ = L_σκ", _si(numbers["mobility"], "m^2/s"), chosen)
    response = f"{100 * numbers['front_response']:.3g} %"
    yield Row("kinetics of the driven front", response, "of charge transfer's; a stiffer Γ brings 100 %")
    threshold = numbers["stability_threshold"]
    shown = "∞" if threshold is None else f"{threshold:.3g}"
    yield Row("bulk-stability threshold ξ*", shown, "0.1 or more is good")
    energy, effective = numbers["interface_energy"], numbers["effective_interface_energy"]
    ratio = f"{effective / energy:.3g} times the physical {_si(energy, 'J/m^2')}"
    if deck.interface.capillarity == "physical":
        ratio = f"taken out; Gibbs–Thomson with {_si(energy, 'J/m^2')} instead"
    yield Row("interface energy of Γ", _si(effective, "J/m^2"), ratio)
    yield Row("capillary length", _si(numbers["capillary_length"], "m"), "γV_Li/RT")


def _cell(deck: Deck, numbers: dict[str, Any]) -> Iterator[Row]:
    current = numbers["current_density"]
    yield Row("largest current density", _si(current, "A/m^2"), f"{current / 10:.4g} mA/cm²")
    velocity = numbers["velocity"]
    yield Row("velocity of the flat front", _si(velocity, "m/s"), f"{velocity * 3.6e9:.4g} µm/h")
    film = "under the film, " if deck.coating else ""
    overpotential = _si(numbers["overpotential"], "V")
    charge_transfer = _area_resistance(numbers["charge_transfer_resistance"])
    yield Row("charge transfer R_ct", charge_transfer, f"{film}at an overpotential of {overpotential}")
    if deck.coating:
        ratio = numbers["film_resistance"] / numbers["charge_transfer_resistance"]
        yield Row("film R_film", _area_resistance(numbers["film_resistance"]), f"{ratio:.3g} times R_ct")
    if numbers["current_focusing"] > 1:
        focusing = f"up to × {numbers['current_focusing']:.3g}"
        yield Row("current at defects", focusing, "film and defects in parallel")
    gap = f"gap of {_si(deck.gap, 'm')}"
    yield Row("electrolyte L/σ", _area_resistance(numbers["electrolyte_resistance"]), gap)
    extent = "width" if deck.domain.dimension > 1 else "height"
    wagner = f"L is the box's {extent}; below 1, tips draw the current"
    yield Row("Wagner number σR/L", f"{numbers['wagner_number']:.3g}", wagner)
    if numbers["limiting_current"] is not None:
        yield from _salt(numbers)


def _salt(numbers: dict[str, Any]) -> Iterator[Row]:
    share = numbers["current_density"] / numbers["limiting_current"]
    yield Row("limiting current", _si(numbers["limiting_current"], "A/m^2"), f"planned: {share:.0%} of it")
    if numbers["sand_time"] is not None:
        yield Row("Sand's time", _si(numbers["sand_time"], "s"), "to depletion, if beyond the limit")
    if numbers["diffusion_length"] is not None:
        yield Row("diffusion length D/v", _si(numbers["diffusion_length"], "m"))


def _stability(deck: Deck, numbers: dict[str, Any]) -> Iterator[Row]:
    wavelength = numbers["most_unstable_wavelength"]
    if deck.domain.dimension == 1:
        return
    if wavelength is None:
        yield Row("most unstable wavelength", "none", "nothing is plated")
        return
    fit = max(deck.domain.size[:-1]) / wavelength
    yield Row("most unstable wavelength", _si(wavelength, "m"), f"{fit:.3g} across the box")
    yield Row("its growth rate", *_rate(numbers["largest_growth_rate"]))
    yield Row("shortest that grows", _si(numbers["marginal_wavelength"], "m"))
    for ripple in numbers["ripples"]:
        value, remark = _rate(ripple["growth_rate"])
        yield Row(f"ripple of {_si(ripple['wavelength'], 'm')}", value, remark)


def _rate(rate: float) -> tuple[str, str]:
    if rate == 0:
        return "0 1/s", ""
    return _si(rate, "1/s"), f"{'e-fold growth' if rate > 0 else 'decays'} in {_si(1 / abs(rate), 's')}"


def _run(deck: Deck, numbers: dict[str, Any]) -> Iterator[Row]:
    height = deck.domain.size[-1]
    planned, share = numbers["planned_height"], numbers["planned_height"] / height
    start = _si(deck.front.height, "m")
    yield Row("mean lithium height", _si(planned, "m"), f"{share:.0%} of the box; {start} at the start")
    total = (numbers["memory"] + MEMORY_PER_RANK) / 1e6
    memory = f"{total:.0f} MB" if total < 10_000 else f"{total / 1e3:.4g} GB"
    yield Row("memory", f"about {memory}", f"and {MEMORY_PER_RANK / 1e6:.0f} MB for each further rank")
