r"""A coating that lithium consumes: a second reactant under the same degree of reaction.

In a cell of the coating (χ = 1) the ψ of :mod:`phasefield.physics.interphase.reaction_degree` is the part of the
coating that has reacted. It obeys the same equation with what is the coating's own: its onset U_c, its rate k_c, the
conductivities of its product and the volume V_c of coating per lithium,

.. math::

   \partial_t\psi &= |\nabla\psi^2|_{up}\,\langle\chi k_cu_c + (1-\chi) k_ru\rangle                              &(1)\\
   \nabla\!\cdot(\sigma_i\nabla\phi_i) &= F\,[\chi/V_c + (1-\chi)/V_n]\,\partial_t\psi                           &(2)\\
   \nabla\!\cdot(\sigma_e\nabla\phi_e) &= -F\,[\chi/V_c + (1-\chi)/V_n]\,\partial_t\psi                          &(3)

⟨x⟩ = x for x > 0, else 0. So there are two fronts, and neither waits for the other: the coating's, which starts at the
electrode, and the electrolyte's, which starts on the coating's far side and is fed through what is left of the coating.
Which of them moves follows from conductivities and potentials. Between them V goes from one onset to the other, beyond
the lower of the two: product there is not turned back, so no rate is negative. The coating reacts from the electrode
and from its own product on.

Faces, not cells, have conductivities. Within the coating a face resists as the less reacted of its two sides: what a
front leaves of its own cell does not bar it from the next. At the coating's surface a face has the whole last cell in
series, until that has reacted (docs/decisions/019-coatings.md). The coating is made of whole cells.

Sources: as :mod:`phasefield.physics.interphase.model`; two fronts in series, :mod:`phasefield.theory.coating`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from phasefield.physics.common.model import LaggedField
from phasefield.physics.interphase.model import Conductor, magnitude, mixture
from phasefield.physics.interphase.reaction_degree import ReactionDegree, obliqueness, reached

#: Power of the reacted part with which the last cell of a coating opens: it blocks the electrolyte until it is nearly
#: used up, but a trace, to which a reaction-limited front decays exponentially, does not block it for ever.
GIVES_WAY = 16


@dataclass(frozen=True)
class Reactant:
    """A coating that reacts, dimensionless as :class:`phasefield.physics.interphase.model.Parameters`.

    Attributes
    ----------
    onset : float
        U_c: the coating is reduced below this potential against lithium; positive.
    rate : float
        k_c: velocity of its front per unit of its rate law.
    kinetics : ButlerVolmer or LinearKinetics
    product : Conductor
        Product of the coating.
    charge : float
        V_n/V_c: lithium that a volume of coating takes up over that in the same volume of the electrolyte's product.
    """

    onset: float
    rate: float
    kinetics: Any
    product: Conductor
    charge: float


class ConsumedCoating(ReactionDegree):
    """As :class:`ReactionDegree`, with a coating that reacts.

    Parameters
    ----------
    reactant : Reactant
    *parameters
        Parameters of :class:`phasefield.physics.interphase.model.Interphase`; the static field ``coating`` is 0 or 1;
        ψ in it is 0 at the start.
    """

    auxiliary = (
        LaggedField("reached", lambda fields, box: by_phase(reached, fields, box)),
        LaggedField("oblique", lambda fields, box: by_phase(obliqueness, fields, box)),
        LaggedField("reduced", lambda fields, box: reached(fields["coating"] * fields["psi"], box)),
    )

    def __init__(self, reactant: Reactant, *parameters):
        super().__init__(*parameters)
        self.reactant = reactant

    def charge(self, v):
        """Lithium that a cell takes up as it reacts, over that of a cell of the electrolyte's product."""
        return 1 + v.coating * (self.reactant.charge - 1)

    def reaction_rate(self, v):
        """⟨u⟩, the reduction rate of the phase in a cell."""
        coating, law = self.reactant, self.reactant.kinetics
        other = super().reaction_rate(v)
        own = -coating.rate * law.rate(law.activation(v.phi_e - v.phi_i - coating.onset, 0.0))
        u = other + v.coating * (own - other)
        return (u + magnitude(u)) / 2

    def face_conductivity(self, v, carrier):
        """σ on faces: the electrolyte's half cells, and the coating's cells, in series."""
        p, χ = self.p, v.coating
        coating, product = getattr(p.coating, carrier), getattr(self.reactant.product, carrier)
        layer = mixture(v.reached, getattr(p.product, carrier), getattr(p.electrolyte, carrier), self.power)
        electrolyte = ((1 - χ) / (layer * getattr(v, carrier, 1.0))).arithmeticFaceValue
        ψ, inside = least(v.reduced), least(χ)
        surface = 2 * (χ.arithmeticFaceValue - inside)  # 1 on faces that have coating on one side only
        last = ψ**GIVES_WAY
        return 1 / (
            electrolyte
            + inside / mixture(ψ, product, coating, self.power)
            + surface * (1 / mixture(last, product, coating, self.power) - last / (2 * product))
        )


def by_phase(function, fields, box):
    """Evaluate a function of ψ and the box separately in the coating and elsewhere.

    The electrolyte reacts next to any coating, as next to product: both carriers may come through it. The coating
    reacts only next to its own product and the electrode.
    """
    χ, ψ = fields["coating"], fields["psi"]
    return np.where(χ > 0, function(χ * ψ, box), function(np.maximum(χ, ψ), box))


def least(x):
    """Smaller of the values of a cell variable on both sides of a face: their mean less half of their difference.

    The difference is taken from the gradient. Computed from two means, as √(m² − ab), its error would be the root of
    that of the means: 1e-8 where both values are nearly equal.
    """
    mesh = x.mesh
    across = np.array([getattr(mesh, f"d{axis}") for axis in "xyz"[: mesh.dim]]) @ np.abs(mesh.faceNormals)
    return x.arithmeticFaceValue - magnitude(x.faceGrad.dot(mesh.faceNormals)) * (across / 2)
