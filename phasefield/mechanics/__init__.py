"""Mechanics: stress, displacement and cracks of solids, on the cells of an engine's grid."""

from phasefield.mechanics.damage import AT1, AT2, Filling, Fracture, Fractured, NoFracture, length_of_strength
from phasefield.mechanics.elasticity import Elasticity, NoEquilibrium, Stress
from phasefield.mechanics.end import FIXED, End

__all__ = [
    "AT1",
    "AT2",
    "FIXED",
    "Elasticity",
    "End",
    "Filling",
    "Fracture",
    "Fractured",
    "NoEquilibrium",
    "NoFracture",
    "Stress",
    "length_of_strength",
]
