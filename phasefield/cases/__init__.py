"""From a deck to what an engine can run: one package per physics, and the only place where SI becomes dimensionless."""

from phasefield.cases.base import Case, Record

__all__ = ["Case", "Record", "build"]


def build(deck) -> Case:
    """The case of a validated deck, by its ``model``.

    Parameters
    ----------
    deck : Deck

    Returns
    -------
    Case
    """
    from phasefield.cases import contact, interphase, plating, plating_interphase, wetting

    builders = {
        "plating": plating.build,
        "interphase": interphase.build,
        "contact": contact.build,
        "plating-interphase": plating_interphase.build,
        "wetting": wetting.build,
    }
    return builders[deck.model](deck)
