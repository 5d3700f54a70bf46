"""Plating and stripping: what a deck with ``model = "plating"`` becomes."""

from phasefield.cases.plating.build import PlatingCase, make

__all__ = ["PlatingCase", "build"]


def build(deck) -> PlatingCase:
    """Everything an engine needs, from a validated deck: of a box, or of a mesh."""
    if not deck.domain.mesh:
        return make(PlatingCase, deck)
    from phasefield.cases.plating.mesh import MeshPlatingCase  # here, for boxes need none of it

    return make(MeshPlatingCase, deck)
