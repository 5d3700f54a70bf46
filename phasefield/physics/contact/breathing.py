r"""A contact that breathes: the electrode is a particle whose volume follows its lithium content.

The mean strain of the particle decides which part of its surface touches the electrolyte, by
:class:`phasefield.theory.breathing.Interface`; that part multiplies the coverage θ of :mod:`.model`. The strain at the
end of the step counts, in each of Newton's iterations; the widest gap so far is kept from step to step.

Stress shifts the open-circuit potential (Larché & Cahn, Acta Metall. 21 (1973) 1051): lithium that makes its host grow
by Ω per mole does the work −Ω tr σ/3, so that

.. math:: U → U + \frac{Ω(x)}{F}\,\frac{\mathrm{tr}\,σ}{3}, \qquad Ω = \frac{3}{c_{max}}\,\frac{dε}{dx}, \qquad
          \frac{\mathrm{tr}\,σ}{3} = -p + M\,(\barε - ε(x)), \qquad M = \frac{2E}{3(1-ν)} .

p is the pressure on the surface; M(ε̄ − ε) the stress of uneven lithium, the same in a sphere and in a sheet.

Units: as in :mod:`.model`, gaps in radii of the particle, stresses in c_max RT, in which the shift is 3 dε/dx tr σ/3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from fipy import Variable
from fipy.tools import numerix

from phasefield.engines.symbolic import FunctionVariable
from phasefield.physics.contact.insertion import polynomial
from phasefield.physics.contact.model import Contact
from phasefield.theory.breathing import Interface

#: Part of its contact that one step may leave; a step to less, which may be to none, could not be solved.
LEAST = 0.1


class Swelling:
    """Strain ε(x) along each axis that the lithium content gives a free electrode, from the volume at given contents.

    Parameters
    ----------
    contents : sequence of float [1]
        x, rising from 0 to 1.
    changes : sequence of float [1]
        ΔV/V at each, from any state; between them it is smooth and monotonic (PCHIP).
    start : float [1]
        Content at which ε = 0.
    """

    def __init__(self, contents, changes, start):
        from scipy.interpolate import PchipInterpolator  # here, because it takes a while

        spline = PchipInterpolator(contents, changes, extrapolate=False)
        bend = polynomial("volume_bend", spline.derivative(2), lambda s, x, argument: 0 * x)
        slope = polynomial("volume_slope", spline.derivative(), lambda s, x, argument: bend(x))
        self._slope, self._change = slope, polynomial("volume", spline, lambda e, x, argument: slope(x))
        self._start = 1 + float(spline(start))

    def strain(self, x):
        """ε(x)."""
        return ((1 + FunctionVariable.of(self._change, _sites(x))) / self._start) ** (1 / 3) - 1

    def slope(self, x):
        """dε/dx."""
        return FunctionVariable.of(self._slope, _sites(x)) / (3 * self._start) * (1 + self.strain(x)) ** -2


def _sites(x):
    """A content between 0 and 1: an iterate may leave this range, an accepted state may not."""
    return numerix.minimum(numerix.maximum(x, 0.0), 1.0)


@dataclass(frozen=True)
class Breathing:
    """Mechanics of a breathing contact.

    Attributes
    ----------
    swelling : Swelling
    interface : Interface
    stiffness : float [c_max RT]
        M.
    """

    swelling: Swelling
    interface: Interface
    stiffness: float

    def shift(self, x, pressure, mean):
        """Shift of the open-circuit potential at a content, under a pressure and a mean strain of the electrode."""
        stress = self.stiffness * (mean - self.swelling.strain(x)) - pressure
        return 3 * self.swelling.slope(x) * stress

    def start(self, content: float) -> float:
        """The shift at a uniform content."""
        strain = float(self.swelling.strain(content))
        return float(self.shift(content, self.interface.touch(strain).pressure, strain))


class BreathingContact(Contact):
    """:class:`.model.Contact` whose contact follows the volume of the electrode.

    Parameters
    ----------
    parameters, fields, static
        As of `Contact`.
    breathing : Breathing
    content : float [1]
        Uniform x at the start.

    Attributes
    ----------
    widest, gap : fipy.Variable [radii]
        Gap between the faces: the widest so far, and the present one.
    touching : fipy.Variable [1]
        Part of the surface in contact.
    pressure : fipy.Variable [c_max RT]
        Between the faces; negative where bonds pull.
    strain : fipy.Variable [1]
        Mean strain of the electrode.
    torn : bool
        Whether the present step opens more of the contact than a step may.
    """

    def __init__(self, parameters, fields, static, breathing: Breathing, content: float):
        super().__init__(parameters, fields, static)
        self.breathing = breathing
        names = "widest", "gap", "touching", "pressure", "strain"
        self.widest, self.gap, self.touching, self.pressure, self.strain = own = [
            Variable(value=0.0, name=name) for name in names
        ]
        self.scalars += tuple(own)
        self._before = self._least = 0.0  # the widest gap before the present step, and the least contact after it
        self._settle(float(breathing.swelling.strain(content)))

    def _settle(self, strain: float) -> None:
        """Equilibrium of the interface at a mean strain of the electrode."""
        found = self.breathing.interface.touch(strain, self._before)
        self.strain.setValue(strain)
        self.widest.setValue(found.widest)
        self.gap.setValue(found.gap)
        self.touching.setValue(max(found.contact, self._least))
        self.torn = found.contact < self._least
        self.pressure.setValue(found.pressure)

    def refresh(self, state, dt, iteration):
        """Bring the interface to equilibrium with the present content. Collective."""
        super().refresh(state, dt, iteration)
        if iteration == 1:
            self._before, self._least = float(self.widest.value), LEAST * float(self.touching.value)
        inside = state.box.own(state.fixed["electrode"]) > 0.5
        strain = self.breathing.swelling.strain(state.box.own(state.now["c"])[inside])
        whole = state.grid.integral(np.ones_like(strain))
        self._settle(state.grid.integral(strain) / whole)

    def potential(self, x):
        """U(x), shifted by the stress."""
        return super().potential(x) + self.breathing.shift(x, self.pressure, self.strain)

    def covered(self, v):
        """Part of the plane that is in contact, on faces."""
        return super().covered(v) * self.touching

    def cell_resistance(self, v):
        """R_cells per area of contact: spots much finer than a cell, so that an even current passes the half cells."""
        return super().cell_resistance(v) * self.touching
