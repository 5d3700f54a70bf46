"""From a deck to what an engine can run: one package per physics, and the only place where SI becomes dimensionless."""

from importlib import import_module

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
    # Of this model alone: no start waits for what it does not run.
    return import_module(f"phasefield.cases.{deck.model.replace('-', '_')}").build(deck)
