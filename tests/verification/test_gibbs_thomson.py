"""Capillarity of the interface energy itself, with the numerical one taken out (B10)."""

import numpy as np
import pytest

from phasefield import theory
from phasefield.physics.common.kinetics import ButlerVolmer
from phasefield.physics.common.model import Field
from phasefield.physics.plating.model import Parameters, Plating
from tests.slow import slow
from tests.verification.support import FipyEngine, advance, diagonal_radius, front_field, front_position


class Shorted:
    """A drive of zero volt, without end."""

    galvanostatic, value = False, 0.0


def dissolve(capillarity, mobility, law, radius=4.0, until=3.2):
    """Rates −½d(R²)/dt of a quarter disc at zero volt in a good conductor, along an axis and a diagonal.

    ``law`` is the rate to expect, which sets how long to run.
    """
    parameters = Parameters(mobility, conductivity=1e5, kinetics=ButlerVolmer(), capillarity=capillarity)
    potential = Field("phi", "", "V", lambda x: np.zeros_like(x[0]), tolerance=1e-4)
    model = Plating(parameters, [front_field(lambda x: np.hypot(*x) - radius), potential])
    model.apply(Shorted)
    engine = FipyEngine(model, [40, 40], [1 / 8, 1 / 8])
    trace = []

    def record(progress):
        xi, h = engine.owned("xi"), 1 / 8
        trace.append(
            (progress.time, front_position(xi[0], h) ** 2 + (h / 2) ** 2, diagonal_radius(xi, h) ** 2)
        )

    assert engine.initialise(1e-3).accepted
    advance(engine, (radius**2 - until**2) / (2 * law), 0.02, observe=record, tolerance=3e-3)
    time, *squares = np.array(trace[len(trace) // 3 :]).T
    return [-np.polyfit(time, square, 1)[0] / 2 for square in squares]


@pytest.mark.parametrize("capillarity, mobility", [(0.2, 0.5), slow(0.4, 0.5), slow(0.4, 1.0)])
def test_physical_capillarity(capillarity, mobility):
    """At zero volt a circle dissolves as Γ = γV²/(F²R_ct) says, whatever L_σκ: 5 % (B10).

    η = γV_Li K/F at its surface, so i = −η/R_ct and R² = R₀² − 2Γt. In the model's units Γ is the capillary
    length γV/RT over δ_PF.
    """
    assert dissolve(capillarity, mobility, law=capillarity) == pytest.approx([capillarity] * 2, rel=0.05)


def test_effective_capillarity():
    """With the interface's own capillarity left in, it dissolves as L_σκ says: 2 %."""
    assert dissolve(None, 1.0, law=1.0) == pytest.approx([1.0] * 2, rel=0.02)


def test_counter_term():
    """Without an interface energy the counter-term leaves at most 3 % of the numerical capillarity L_σκ."""
    assert dissolve(0.0, 1.0, law=1.0) == pytest.approx([0.0] * 2, abs=0.03)


def test_units():
    """The model's dimensionless capillary length is the physical mobility over its scale δ_PF i₀V/F."""
    γ, volume, exchange, width, temperature = 0.5, 12.998e-6, 30.0, 1e-6, 298.15
    law = theory.RateLaw(exchange, temperature)
    mobility = theory.physical_mobility(γ, volume, law.resistance())
    scale = width * exchange * volume / theory.FARADAY
    assert theory.capillary_length(γ, volume, temperature) / width == pytest.approx(
        mobility / scale, rel=1e-12
    )
