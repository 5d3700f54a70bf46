"""Values of cases in SI, and what the decks of several models share."""

import os

os.environ.setdefault("FIPY_SOLVERS", "petsc")  # before FiPy is first imported

import numpy as np

F, R = 96485.33212, 8.314462618
HOT = 318.15  # K
THERMAL = R * HOT / F
FILM = ("coating={thickness='3.25 nm', ionic_conductivity='1e-5 S/m', electronic_conductivity='1e-12 S/m',"
        " defects=[{position=['10 nm'], width='4 nm'}]}")  # fmt: skip


def arrhenius(energy, temperature):
    return np.exp(-energy / R * (1 / temperature - 1 / 298.15))


def values(case, name, *place):
    """A field of a case at places in SI, in its own unit."""
    found = {f.name: f for f in (*case.model.static, *case.model.fields)}[name]
    at = [np.asarray(x, float) / case.scales.length for x in place]
    return np.asarray(found.values(at) if hasattr(found, "values") else found.initial(at), float)


def both(conductor):
    return conductor.ionic, conductor.electronic
