"""What the tests of a contact share: engines from patches, lengths in any unit, dimensionless otherwise."""

from types import SimpleNamespace

from phasefield.physics.common.kinetics import ButlerVolmer
from phasefield.physics.common.model import CoefficientField
from phasefield.physics.contact import geometry
from phasefield.physics.contact.insertion import LinearPotential
from phasefield.physics.contact.model import Contact, Parameters, fields_of, rim_spreading
from tests.verification.support import FipyEngine

#: Lithium metal: an electrode whose potential does not move.
METAL = LinearPotential(standard=0.0, fall=1e-6)


def static(name, values):
    return CoefficientField(name, name, "1", values)


def contact_statics(patches, thickness, cell):
    """Electrode up to a thickness and patches on it; no patches at all stand for full contact."""
    if not patches:
        return (static("electrode", geometry.electrode(thickness, cell)), uniform("coverage", 1.0))
    return (
        static("electrode", geometry.electrode(thickness, cell)),
        static("coverage", geometry.coverage(patches, cell)),
        static("spreading", lambda x: rim_spreading(geometry.rim(patches, cell)(x))),
    )


def uniform(name, value):
    return static(name, lambda x: value + 0 * x[-1])


def driven(model, current=None, voltage=None):
    """Put a constant current or voltage in force."""
    model.apply(SimpleNamespace(galvanostatic=voltage is None, value=current if voltage is None else voltage))
    return model


def engine_of(parameters, shape, statics, content=0.5, model=Contact, **drive):
    fields = fields_of(parameters, content, 0.0257, 5e4)
    return FipyEngine(driven(model(parameters, fields, statics), **drive), shape, [parameters.cell] * len(shape))


def steps(engine, dt, number=1):
    for _ in range(number):
        verdict = engine.step(dt)
        assert verdict.accepted, verdict.reason
        engine.accept()
    return engine


def parameters_of(cell, conductivity=1.0, diffusivity=1.0, storage=METAL, kinetics=None, **others):
    return Parameters(conductivity, diffusivity, storage, kinetics or ButlerVolmer(), cell, **others)
