r"""The interphase without an interface energy: a degree of reaction, whose front is a cell or two of the mesh.

.. math:: \partial_t\psi = k_r\,|\nabla\psi^2|_{up}\,u

stands in for equation (1) of :mod:`phasefield.models.interphase`; (2), (3) and all that is said there of carriers,
coatings and tunnelling are as they are. ψ is the part of a cell that has reacted. It grows from its neighbours only:
the slope takes along each axis the steeper of the two that rise towards a neighbour (Godunov's scheme for a front that
moves along its normal: S. Osher, J. A. Sethian, J. Comput. Phys. 79 (1988) 12, doi:10.1016/0021-9991(88)90002-2).
∫|∇ψ²| is 1 across any front, so product forms at k_r u per area; of ψ² rather than ψ, because its front is a shock that
stays sharp where reaction limits, too. Where transport limits, V holds the reaction to the first cell.

Carriers reach the middle of a front's cell through product: its conductivities are those of the most reacted neighbour.
The ½ to 1½ cells of product that they really cross, as the cell fills, are so replaced by their mean. A layer may be
much thinner than a cell, as under a good coating. What neighbours have reacted is taken from the prediction that a time
step starts from: the equations of a step are so nearly linear.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from fipy import CellVariable, DiffusionTerm, TransientTerm

from phasefield.models.interphase import Interphase
from phasefield.symbolic import linearize


class ReactionDegree(Interphase):
    """As :class:`Interphase`; of its parameters ``mobility`` and ``capillarity`` have no part here."""

    def equations(self, v, dt):
        ψ, cell = v.psi, self.p.cell
        self.reached = CellVariable(mesh=ψ.mesh, name="reached")  # ψ of the most reacted neighbour
        self.oblique = CellVariable(mesh=ψ.mesh, name="oblique")  # |∇ψ²| over its steepest part along an axis
        self._look_around(ψ.value)
        source = self.oblique * (self.reached**2 - ψ**2) / cell * self.reaction_rate(v)
        self.sources = {"S": source}
        ions = DiffusionTerm(self.face_conductivity(v, "ionic"), var=v.phi_i) + v.inflow.phi_i
        electrons = DiffusionTerm(self.face_conductivity(v, "electronic"), var=v.phi_e) + v.inflow.phi_e
        return {
            "psi": TransientTerm(var=ψ) == linearize(source, ψ, v.phi_i, v.phi_e),
            "phi_i": ions == TransientTerm(var=ψ),
            "phi_e": electrons == TransientTerm(coeff=-1.0, var=ψ),
        }

    def refresh(self, v, dt, iteration):
        """What the neighbours of each cell will have reacted."""
        if iteration == 1:
            self._look_around(v.psi.value)

    def _look_around(self, ψ):
        """Set `reached` and `oblique`; below the box is the electrode, which counts as reacted."""
        mesh = self.reached.mesh
        faces = np.asarray(mesh.cellFaceIDs)
        ψ = np.clip(ψ, 0.0, 1.0)
        around = ψ[np.asarray(mesh._cellToCellIDsFilled)]  # a cell itself where the box ends
        around = np.where((np.asarray(mesh.faceCenters)[-1] < self.p.cell / 4)[faces], 1.0, around)
        rise = np.maximum(around**2 - ψ**2, 0.0)
        along = np.abs(np.asarray(mesh.faceNormals))[:, faces]
        slopes = (rise * along).max(axis=1)
        self.reached.setValue(np.maximum(around.max(axis=0), ψ))
        self.oblique.setValue(np.sqrt((slopes**2).sum(axis=0)) / np.maximum(slopes.max(axis=0), 1e-30))

    def missing_resistance(self, v):
        """None: there is no width of the front that could lack any."""
        return 0.0

    def conductivity(self, v, carrier):
        """σ of a carrier in each cell as those on their way to the front see it."""
        return super().conductivity(SimpleNamespace(**vars(v) | {"psi": self.reached}), carrier)
