r"""A column of lithium with free sides between the electrolyte and an elastic support; record 058.

What is plated makes the column longer, and the support presses on it. Of the thickness H, the part a just fills the
place up to the support, so

.. math::

   p = \min\left(Y, \max\left(0, \frac{H - a}{1/k + H/E}\right)\right),

k the stiffness of the support per area of the column, E Young's modulus of lithium, Y the stress at which it flows.
Where more than Y would be needed, lithium flows aside, and a grows by what p falls short of; where less than nothing
would, support and column have parted. The length a is all that is to be known of the past.

p acts on charge transfer as p V_Li/F, like any normal traction. It is found while the step is solved, since the growth
of a stiff column ends within nanometres.
"""

from __future__ import annotations

from dataclasses import dataclass

from fipy import Variable

from phasefield.physics.common.secant import Secant

#: Longest step over the time in which growth at a given voltage ends.
LONGEST = 1.0
#: Change of the pressure in the last Newton iteration of a converged step [RT/V_Li], some 0.1 MPa.
SETTLED = 5e-4


@dataclass(frozen=True)
class ColumnParameters:
    """Dimensionless parameters; pressures in RT/V_Li, lengths in δ_PF.

    Attributes
    ----------
    stiffness : float
        k.
    modulus : float
        E.
    strength : float
        Y; infinite for a column that does not flow.
    thickness, pressure : float
        H and p at the start.
    """

    stiffness: float
    modulus: float
    strength: float
    thickness: float
    pressure: float = 0.0

    def compliance(self, thickness: float) -> float:
        """Length by which column and support give way, over the pressure."""
        return 1 / self.stiffness + thickness / self.modulus

    @property
    def filling(self) -> float:
        """a at the start."""
        return self.thickness - self.pressure * self.compliance(self.thickness)

    @property
    def tolerance(self) -> float:
        """Change of the order parameter, over its width, that changes the pressure by `SETTLED`."""
        return SETTLED * self.compliance(self.thickness)


class Column:
    """The column in a model.

    Parameters
    ----------
    parameters : ColumnParameters

    Attributes
    ----------
    pressure, filling : fipy.Variable
        p and a at the end of the step.
    """

    def __init__(self, parameters: ColumnParameters):
        self.p = parameters
        self.pressure = Variable(value=parameters.pressure, name="pressure of the column")
        self.filling = Variable(value=parameters.filling, name="filling of the column")
        self.scalars = (self.pressure, self.filling)
        self._secant = Secant()

    @property
    def flowed(self) -> float:
        """Length of the column that has flowed aside."""
        return float(self.filling.value) - self.p.filling

    def follow(self, thickness: float, iteration: int) -> None:
        """Set the pressure to what follows from the present thickness; the column flows once the step has converged."""
        compliance = self.p.compliance(thickness)
        elastic = (thickness - float(self.filling.value)) / compliance
        found = min(self.p.strength, max(0.0, elastic))
        if iteration:
            found = self._secant.after(float(self.pressure.value), found, iteration)
        elif elastic > found > 0:
            self.filling.setValue(thickness - found * compliance)
        self.pressure.setValue(found)

    def longest_step(self, resistance: float) -> float:
        """`LONGEST` times the time in which growth at a given voltage ends, charge transfer having a resistance."""
        return LONGEST * resistance * self.p.compliance(self.p.thickness)
