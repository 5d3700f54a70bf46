"""The drive of a cell, current or voltage step by step, and the base of models with a drive."""

from __future__ import annotations

from dataclasses import dataclass

from fipy import Variable

from phasefield.physics.common.model import Boundary, Model


@dataclass(frozen=True)
class Segment:
    """One step of the drive, dimensionless.

    Attributes
    ----------
    galvanostatic : bool
        Whether ``value`` is a current density (plating positive) or the metal's potential against the
        counter electrode (plating negative).
    value : float [1]
    """

    galvanostatic: bool
    value: float


class DrivenModel(Model):
    """A model of a cell with a counter electrode at the top, at which the current or the voltage is given.

    Parameters
    ----------
    *parameters
        Parameters of the next base class of a subclass, if any.

    Attributes
    ----------
    segment : Segment or None
        Present segment of the drive.
    current : fipy.Variable [1]
        Mean current density at the counter electrode, positive while the other electrode takes up lithium.
    voltage : fipy.Variable [1]
        Voltage of the other electrode against the counter electrode.
    """

    def __init__(self, *parameters):
        super().__init__(*parameters)
        self.segment: Segment | None = None
        self.current = Variable(value=0.0, name="i")
        self.voltage = Variable(value=0.0, name="V")

    @property
    def galvanostatic(self) -> bool:
        """Whether the current is given; otherwise the voltage is."""
        return self.segment is None or self.segment.galvanostatic

    def apply(self, segment: Segment) -> None:
        """Apply a segment of the drive."""
        self.segment = segment
        (self.current if segment.galvanostatic else self.voltage).setValue(segment.value)

    def counter_electrode(self, potential: str) -> Boundary:
        """Condition of the ions' potential at the top: the given current or voltage."""
        if self.galvanostatic:
            return Boundary(potential, "top", "flux", self.current)
        return Boundary(potential, "top", "value", -1 * self.voltage)
