"""Mechanics: stress, displacement, cracks and creep of solids, on the cells of an engine's grid."""

from phasefield.mechanics.creep import Creep
from phasefield.mechanics.damage import AT1, AT2, Filling, Fracture, Fractured, NoFracture, length_of_strength
from phasefield.mechanics.elasticity import Elasticity, NoEquilibrium, Stress
from phasefield.mechanics.end import FIXED, End

__all__ = [
    "AT1",
    "AT2",
    "FIXED",
    "Creep",
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
