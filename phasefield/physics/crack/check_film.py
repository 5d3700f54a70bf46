"""What the check says about a film over the mouth of a flaw."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from phasefield.check.common import Row, area_resistance, si
from phasefield.deck.base import given
from phasefield.errors import Problem
from phasefield.theory.kinetics import pressure_overpotential
from phasefield.units import pretty

if TYPE_CHECKING:
    from phasefield.physics.crack.deck import CrackDeck


def film_numbers(deck: CrackDeck, resistance: float) -> dict[str, Any]:
    """Pressures at which a film breaks, and the current density that makes them; nothing without one.

    Parameters
    ----------
    deck : CrackDeck
    resistance : float [Ω m²]
        Of charge transfer at rest.
    """
    if (film := deck.film) is None:
        return {}
    excess = max(0.0, film.strength - deck.mechanics.pressure)
    worth = pressure_overpotential(excess, deck.lithium.molar_volume)
    confined = film.lithium == "confined"
    return {
        "film_resistance": film.series,
        "film_tearing_pressure": film.tearing,
        "film_pulling_pressure": film.pulling,
        "film_lifting_pressure": film.lifting,
        "film_breaking_pressure": film.strength,
        "film_breaking_current_density": worth / (resistance + film.series) if confined else None,
    }


def film_rows(deck: CrackDeck, numbers: dict[str, Any]) -> Iterator[Row]:
    """The film in the report."""
    film = given(deck.film)
    of = f"over a mouth of {si(film.mouth, 'm')}" + (f", {film.material}" if film.material else "")
    yield Row("thickness", si(film.thickness, "m"), of)
    yield Row("resistance", area_resistance(film.series), "at the electrode")
    yield Row("tears at", si(film.tearing, "Pa"), "by a crack along the mouth")
    if film.adhesion:
        yield Row("is pulled off at", si(given(film.pulling), "Pa"), "pressed from the electrode, by its tension")
        yield Row("is lifted off at", si(given(film.lifting), "Pa"), "pressed from inside the flaw; not in the run")
    if (current := numbers["film_breaking_current_density"]) is not None:
        yield Row("breaks from", si(current, "A/m^2"), "if the lithium on it is confined")


def film_problems(deck: CrackDeck) -> Iterator[Problem]:
    """A film that does not hold the stack pressure."""
    if deck.film and deck.mechanics.pressure >= deck.film.strength:
        yield Problem(
            "mechanics.pressure",
            f"breaks the film in the first step: it holds {pretty(deck.film.strength, 'Pa')} over this mouth",
        )
