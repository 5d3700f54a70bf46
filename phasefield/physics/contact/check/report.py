"""Report of ``phasefield check`` on a contact deck."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from phasefield.check.common import Row, area_resistance, box_rows, given_current, si
from phasefield.check.drive import drive_rows
from phasefield.physics.contact.check.derived import derived

if TYPE_CHECKING:
    from phasefield.physics.contact.deck import ContactDeck
    from phasefield.physics.contact.deck_mechanics import Breathing


def sections(deck: ContactDeck) -> dict[str, Iterator[Row]]:
    """Rows of the report by section title."""
    numbers = derived(deck)
    found = {"Case": _case(deck, numbers), "Resistances": _resistances(numbers), "Electrode": _electrode(deck, numbers)}
    return found | ({"Breathing": _breathing(deck.mechanics, numbers)} if deck.mechanics else {})


def _case(deck: ContactDeck, numbers: dict[str, Any]) -> Iterator[Row]:
    yield from box_rows(deck, numbers["cells"])
    yield Row("contact fraction", f"{numbers['contact_fraction']:.3g}")
    if numbers["patch_radius"] is not None:
        cells = f"{numbers['patch_cells']:.3g} cells"
        yield Row("patch radius", si(numbers["patch_radius"], "m"), cells)
    yield from drive_rows(deck)


def _resistances(numbers: dict[str, Any]) -> Iterator[Row]:
    yield Row("electrolyte, uniform current", area_resistance(numbers["electrolyte_resistance"]))
    if numbers["constriction_resistance"] is not None:
        yield Row("constriction", area_resistance(numbers["constriction_resistance"]), "of discs, (1 − √θ)^1.5/(4σaN)")
    yield Row("charge transfer and layer", area_resistance(numbers["interface_resistance"]), "of the contact area only")


def _electrode(deck: ContactDeck, numbers: dict[str, Any]) -> Iterator[Row]:
    yield Row("capacity", f"{numbers['capacity'] / 36:.4g} µAh/cm²", deck.electrode.material or "")
    current = numbers["current_density"]
    yield from given_current(deck, current)
    yield Row("diffusion time d²/D", si(numbers["diffusion_time"], "s"))
    if current:
        spread = f"{numbers['content_spread']:.3g}"
        yield Row("difference of content, full contact", spread, "surface and mean, quasi-steady")


def _breathing(mechanics: Breathing, numbers: dict[str, Any]) -> Iterator[Row]:
    yield Row("stack pressure", si(mechanics.pressure, "Pa"))
    content = f"at a lithium content of {numbers['emptiest_content']:.3g}"
    yield Row("largest shrinkage of the volume", f"{100 * numbers['volume_shrinkage']:.3g} %", content)
    if (opening := numbers["opening_content"]) is not None:
        yield Row("contact opens", f"below {opening:.3g}", "lithium content under this stack pressure")
    yield Row("pressure that holds the contact", si(numbers["holding_pressure"], "Pa"), "all of it, down to there")
    yield Row("gap without bonds", si(numbers["reach"], "m"), "two times adhesion over strength")
    yield Row("strength, at most", si(numbers["largest_strength"], "Pa"), "else all bonds fail at once")
