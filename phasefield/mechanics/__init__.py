"""Mechanics: stress, displacement, cracks and creep of solids, on the cells of an engine's grid."""

from phasefield.mechanics.bounded_damage import NoFracture
from phasefield.mechanics.creep import Creep
from phasefield.mechanics.damage import Fracture, Fractured
from phasefield.mechanics.damage_law import AT1, AT2, length_of_strength
from phasefield.mechanics.elasticity import Elasticity, NoEquilibrium, Stress
from phasefield.mechanics.end import FIXED, End
from phasefield.mechanics.flow import Flow
from phasefield.mechanics.weakened import Filling

__all__ = [
    "AT1",
    "AT2",
    "FIXED",
    "Creep",
    "Elasticity",
    "End",
    "Filling",
    "Flow",
    "Fracture",
    "Fractured",
    "NoEquilibrium",
    "NoFracture",
    "Stress",
    "length_of_strength",
]
