"""Capillarity of the interface energy itself; what keeps the profile has none (B10)."""

import numpy as np
import pytest

from phasefield import theory
from phasefield.engines.factory import make_engine
from phasefield.physics.common.kinetics import ButlerVolmer
from phasefield.physics.common.model import Field
from phasefield.physics.plating.model import Parameters, Plating
from phasefield.run.time_loop import Controller, march
from tests.slow import slow
from tests.verification.support import diagonal_radius, front_field, front_position


class Shorted:
    """A drive of zero volt, without end."""

    galvanostatic, value = False, 0.0


def dissolve(capillarity, mobility, law, radius=4.0, until=3.2):
    """A quarter disc at zero volt in a good conductor: times, and R² of its area, along an axis and a diagonal.

    ``law`` is the rate −½d(R²)/dt to expect, which sets how long to run.
    """
    parameters = Parameters(mobility, conductivity=1e5, kinetics=ButlerVolmer(), capillarity=capillarity)
    potential = Field("phi", "", "V", lambda x: np.zeros_like(x[0]), tolerance=1e-4)
    model = Plating(parameters, [front_field(lambda x: np.hypot(*x) - radius), potential])
    model.apply(Shorted)
    h = 1 / 8
    engine = make_engine("auto", model, [40, 40], [h, h], "strict")  # the shape has no energy to go back to
    trace = []

    def record(progress):
        xi = engine.owned("xi")
        axis = front_position(xi[0], h) ** 2 + (h / 2) ** 2
        trace.append((progress.time, 4 / np.pi * np.sum(xi) * h**2, axis, diagonal_radius(xi, h) ** 2))

    assert engine.initialise(1e-3).accepted
    longest = 1 / 16 / mobility  # δ²/Γ, as in a run
    march(engine, Controller(0.02, 3e-3, longest), [(radius**2 - until**2) / (2 * law)], [record])
    return np.array(trace).T


def rates(trace):
    """Rates −½d(R²)/dt once the front has its profile."""
    time, *squares = trace[:, trace.shape[1] // 3 :]
    return [-np.polyfit(time, square, 1)[0] / 2 for square in squares]


@pytest.mark.parametrize("capillarity, mobility", [(0.2, 0.5), (0.4, 1.0), slow(0.4, 0.5), slow(0.2, 2.0)])
def test_physical_capillarity(capillarity, mobility):
    """At zero volt a circle dissolves as Γ = γV²/(F²R_ct) says, whatever the mobility: 4 % (B10).

    η = γV_Li K/F at its surface, so i = −η/R_ct and R² = R₀² − 2Γt. In the model's units Γ is the capillary
    length γV/RT over δ_PF. The grid adds a ripple of four waves per turn. At a radius of four widths and 2.5 times the
    mobility of the interface energy 3.3 % are missing, since the profile is kept less stiffly beside ridges.
    """
    area, *radii = rates(dissolve(capillarity, mobility, law=capillarity))
    assert area == pytest.approx(capillarity, rel=0.04)
    assert radii == pytest.approx([capillarity] * 2, rel=0.04)


def test_effective_capillarity():
    """With the interface's own capillarity left in, it dissolves as L_σκ says: 2 %."""
    assert rates(dissolve(None, 1.0, law=1.0)) == pytest.approx([1.0] * 3, rel=0.02)


@pytest.mark.parametrize("mobility", [0.25, 1.0])
def test_no_interface_energy_is_no_capillarity(mobility):
    """The area stays, to 1e-6 of what the mobility would dissolve as capillarity; each radius, to 2.5 %.

    What the grid makes of a circle has four waves per turn, and falls by a factor of 2.5 to 4 with half the cell size.
    """
    _, *squares = dissolve(0.0, mobility, law=mobility)
    area, *radii = ((square[0] - square[-1]) / (4.0**2 - 3.2**2) for square in squares)
    assert area == pytest.approx(0.0, abs=1e-6)
    assert radii == pytest.approx([0.0] * 2, abs=0.025)


def test_units():
    """The model's dimensionless capillary length is the physical mobility over its scale δ_PF i₀V/F."""
    γ, volume, exchange, width, temperature = 0.5, 12.998e-6, 30.0, 1e-6, 298.15
    law = theory.RateLaw(exchange, temperature)
    mobility = theory.physical_mobility(γ, volume, law.resistance())
    scale = width * exchange * volume / theory.FARADAY
    assert theory.capillary_length(γ, volume, temperature) / width == pytest.approx(
        mobility / scale, rel=1e-12
    )
