"""From a wetting deck to its model and measurements."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from phasefield.mesh.shapes import lateral_distance
from phasefield.physics.common.case import Undriven, in_metres
from phasefield.physics.common.energy import equilibrium_profile
from phasefield.physics.common.model import CoefficientField, Field
from phasefield.physics.common.stop import Limit
from phasefield.physics.wetting.deck import WettingDeck
from phasefield.physics.wetting.model import Parameters, Wetting
from phasefield.physics.wetting.record import WettingRecord
from phasefield.physics.wetting.scales import WettingScales

#: How far ξ and ψ may leave [0, 1].
BOUNDS_TOLERANCE = 0.05


@dataclass(frozen=True)
class WettingCase(Undriven):
    """A wetting deck, ready to run.

    Attributes
    ----------
    deck : WettingDeck
    scales : WettingScales
    model : Wetting
    spacing : tuple of float [δ_PF]
    """

    deck: WettingDeck
    scales: WettingScales
    model: Wetting
    spacing: tuple[float, ...]

    def record(self, engine):
        """Contact, angle, height, pressure and the amounts."""
        return WettingRecord(engine, self.scales, self.deck.layer.thickness)

    @property
    def bounds(self):
        """The deck's contact fraction, and lithium that fills its box."""
        limit, room = self.deck.stop.contact_fraction, self.deck.domain.size[-1] - self.deck.interface.width
        found = [Limit("the lithium has reached the top of the box", lambda row: row["Tip height"] - room, 0.0)]
        if limit is not None:
            found.insert(0, Limit("planned contact fraction reached", lambda row: row["Contact fraction"] - limit, 0.0))
        return tuple(found)


def build(deck: WettingDeck) -> WettingCase:
    """Everything an engine needs, from a validated deck.

    Parameters
    ----------
    deck : WettingDeck

    Returns
    -------
    WettingCase
    """
    scales = WettingScales.of(deck)
    γξψ, γξζ, γψζ = deck.energies.all
    parameters = Parameters((γξψ / γξζ, 1.0, γψζ / γξζ), cell=deck.domain.spacing[-1] / scales.length)
    psi = in_metres(lambda x: equilibrium_profile(x[-1] - deck.layer.thickness, scales.length), scales)
    static = [CoefficientField("psi", "Layer", "1", psi)] if deck.layer.rigid else []
    model = Wetting(parameters, fields(deck, scales, psi), static)
    model.growth.setValue(deck.lithium.current_density / scales.current)
    return WettingCase(deck, scales, model, tuple(h / scales.length for h in deck.domain.spacing))


def fields(deck: WettingDeck, scales: WettingScales, psi) -> list[Field]:
    """The unknowns with their initial state: hemispheres on the flat layer."""

    def distance(x):
        *lateral, z = x
        up = z - deck.layer.thickness
        return np.min(
            [np.hypot(lateral_distance(lateral, s.position), up) - s.radius for s in deck.lithium.seeds], axis=0
        )

    profile = in_metres(lambda x: equilibrium_profile(distance(x), scales.length), scales)

    def order_parameter(name, label, values):
        return Field(
            name, label, "1", values, lower=-BOUNDS_TOLERANCE, upper=1 + BOUNDS_TOLERANCE, tolerance=1e-4,
            controls_step=True,
        )  # fmt: skip

    def pressure(name, label):
        return Field(name, label, "Pa", lambda x: 0 * x[-1], scale=scales.pressure, tolerance=1e-3)

    xi = order_parameter("xi", "Lithium", lambda x: (1 - psi(x)) * profile(x))
    if deck.layer.rigid:
        return [xi, pressure("p", "Lithium's pressure")]
    layer = order_parameter("psi", "Layer", psi)
    return [xi, layer, pressure("p", "Lithium's pressure"), pressure("q", "Layer's pressure")]
