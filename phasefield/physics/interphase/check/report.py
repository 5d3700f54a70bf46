"""Report of ``phasefield check`` on an interphase deck."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from phasefield.check.common import Row, area_resistance, box_rows, si
from phasefield.physics.interphase.check.derived import derived

if TYPE_CHECKING:
    from phasefield.physics.interphase.deck import InterphaseDeck
    from phasefield.physics.interphase.deck_mechanics import Mechanics


def sections(deck: InterphaseDeck) -> dict[str, Iterator[Row]]:
    """Rows of the report by section title."""
    numbers = derived(deck)
    stress = {"Mechanics": _mechanics(deck.mechanics, numbers)} if deck.mechanics else {}
    return {
        "Case": _case(deck, numbers),
        "Conductivities": _conductivities(deck, numbers),
        "Growth": _growth(deck, numbers),
        **stress,
        "Run": _run(deck, numbers),
    }


def _case(deck: InterphaseDeck, numbers: dict[str, Any]) -> Iterator[Row]:
    yield from box_rows(deck, numbers["cells"])
    if deck.interface.diffuse:
        cells = f"{numbers['interface_cells']:.3g} cells across 10–90 %; at least 6 are recommended"
        yield Row("front width δ_PF", si(deck.interface.width, "m"), cells)
    else:
        yield Row("front", "1 to 2 cells", "degree of reaction, without an interface energy")
    yield Row("temperature", si(deck.conditions.temperature, "K"))
    yield Row("electrode potential", si(deck.electrode.potential, "V"), deck.electrode.name or "against lithium")
    e = deck.electrolyte
    window = f"{si(e.reduction_potential, 'V')} to {si(e.oxidation_potential, 'V')}"
    yield Row("stability window", window, e.material or "")
    kind = "oxidation" if deck.sign > 0 else "reduction"
    yield Row(
        "driving voltage ΔE", si(deck.window, "V"), kind if deck.window > 0 else "none, the electrolyte is stable"
    )


def _conductivities(deck: InterphaseDeck, numbers: dict[str, Any]) -> Iterator[Row]:
    phases: dict[str, Any] = {"electrolyte": deck.electrolyte, "product": deck.product, "coating": deck.coating}
    if deck.coating and deck.coating.consumption:
        phases["product of the coating"] = deck.coating.consumption.product
    for name, phase in phases.items():
        if phase is not None:
            ionic, electronic = phase.conductivities(deck.conditions.temperature)
            values = f"{ionic / 100:.3g}, {electronic / 100:.3g} S/cm"
            yield Row(f"{name} σ_i, σ_e", values, phase.material or "")
    ratio = numbers["electronic_conductivity"] / numbers["ionic_conductivity"]
    limiting = "ions limit the growth" if ratio > 1 else "electrons limit the growth"
    yield Row("product, ambipolar σ", f"{numbers['ambipolar_conductivity'] / 100:.3g} S/cm", limiting)


def _growth(deck: InterphaseDeck, numbers: dict[str, Any]) -> Iterator[Row]:
    yield Row("parabolic constant k_p", si(numbers["parabolic_constant"], "m^2/s"), "L² = 2 k_p t (Wagner)")
    yield Row("reaction velocity k_r", si(numbers["reaction_velocity"], "m/s"), f"{deck.reaction.law} law")
    crossover = numbers["crossover_thickness"]
    yield Row("crossover k_p/k_r", si(crossover, "m"), "the reaction limits the growth of thinner layers")
    if deck.coating:
        equivalent = si(numbers["coating_equivalent"], "m")
        yield Row("equivalent of the coating", equivalent, "thickness of product with the same resistance")
    if deck.coating and deck.coating.consumption:
        yield from _consumption(deck, numbers)
    if deck.product.tunnelling_length:
        yield Row("tunnelling length λ", si(deck.product.tunnelling_length, "m"), "the layer grows logarithmically")
    thickness, time = si(numbers["planned_thickness"], "m"), si(numbers["planned_time"], "s")
    yield Row("planned thickness", thickness, f"of a flat layer after {time}")
    if numbers["planned_exponent"] is not None:
        yield Row(
            "d ln L/d ln t at that time", f"{numbers['planned_exponent']:.3g}", "½ if conduction limits the growth"
        )
    yield Row("resistance at that time", area_resistance(numbers["planned_resistance"]), "of layer and coating to ions")


def _consumption(deck: InterphaseDeck, numbers: dict[str, Any]) -> Iterator[Row]:
    assert deck.coating is not None and deck.coating.consumption is not None
    if not deck.consumes:
        yield Row(
            "driving voltage, coating", si(deck.beyond(deck.coating.consumption), "V"), "none, the coating is stable"
        )
        return
    yield Row("driving voltage, coating", si(numbers["coating_window"], "V"), "lithium consumes the coating")
    yield Row("k_p and k_r of the coating", _pair(numbers), "from its own product and reaction")
    used_up = numbers["coating_used_up"]
    if used_up is None:
        yield Row(
            "coating used up", "not in this run", f"{si(numbers['planned_consumed'], 'm')} consumed at the planned time"
        )
        return
    yield Row("coating used up", f"after {si(used_up, 's')}", "99 % of a flat coating; Deal–Grove in series")
    equivalent = si(numbers["coating_product_equivalent"], "m")
    yield Row("equivalent of its product", equivalent, "thickness of product with the same resistance")


def _pair(numbers: dict[str, Any]) -> str:
    return f"{si(numbers['coating_parabolic_constant'], 'm^2/s')} and {si(numbers['coating_reaction_velocity'], 'm/s')}"


def _mechanics(mechanics: Mechanics, numbers: dict[str, Any]) -> Iterator[Row]:
    for name, phase in (("electrolyte", mechanics.electrolyte), ("product", mechanics.product)):
        moduli = f"{phase.youngs_modulus / 1e9:.3g} GPa, {phase.poisson_ratio:g}"
        yield Row(f"{name} E, ν", moduli, phase.material or "")
    yield Row("strain of free product", f"{100 * numbers['swelling_strain']:.3g} %", "along each axis")
    yield Row("stress along a flat layer", f"{numbers['film_stress'] / 1e6:.4g} MPa", "tension is positive")
    voltage = si(numbers["elastic_voltage"], "V")
    yield Row("elastic energy per lithium", voltage, "takes from ΔE, which the run neglects")
    if mechanics.product.fracture_toughness is not None:
        critical = numbers["critical_thickness"]
        cracks = "never, it is under compression" if critical is None else f"from {si(critical, 'm')} on"
        geometry = "π/2" if mechanics.cracks else "1.976"
        yield Row("a flat layer cracks", cracks, f"Griffith; K_Ic²/({geometry} σ²)")
    if mechanics.cracks is not None:
        yield Row("length l of the damage", si(numbers["damage_length"], "m"), "from toughness and strength")
        yield Row("strength of the product", f"{numbers['product_strength'] / 1e6:.4g} MPa", "from its toughness and l")
        radius = numbers["critical_radius"]
        bulge = "never, the product shrinks" if radius is None else f"around a bulge of {si(radius, 'm')}"
        yield Row("the electrolyte cracks", bulge, "swollen half cylinder, far from others; 5.02 K_Ic²/p²")


def _run(deck: InterphaseDeck, numbers: dict[str, Any]) -> Iterator[Row]:
    yield Row("planned time", si(numbers["planned_time"], "s"))
