"""Plating and stripping: what a deck with ``model = "plating"`` becomes."""

from phasefield.cases.plating.build import PlatingCase, make
from phasefield.cases.plating.mesh import MeshPlatingCase

__all__ = ["MeshPlatingCase", "PlatingCase", "build"]


def build(deck) -> PlatingCase:
    """Everything an engine needs, from a validated deck: of a box, or of a mesh."""
    return make(MeshPlatingCase if deck.domain.mesh else PlatingCase, deck)
