"""Plating on a mesh of triangles: the differences from a box."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from phasefield.engines.factory import make_mesh_engine
from phasefield.io.unstructured_snapshots import MeshSnapshotFile
from phasefield.mesh.level_line import Deposit
from phasefield.mesh.triangles import Triangles
from phasefield.physics.plating.case import PlatingCase
from phasefield.physics.plating.record import AHEAD, PlatingRecord


@dataclass(frozen=True)
class MeshPlatingCase(PlatingCase):
    """A plating deck on a mesh; heights are distances from the electrode's surface, whatever its shape."""

    @cached_property
    def triangles(self) -> Triangles:
        """Triangles of the mesh, in the model's length."""
        return self.deck.domain.triangles.scaled(1 / self.scales.length)

    def engine(self):
        """The FiPy engine on the mesh."""
        s, order = self.deck.solver, self.deck.order
        return make_mesh_engine(s.engine, self.model, self.triangles, s.profile, s.max_newton, order, s.petsc)

    def snapshot_file(self, path, grid, count):
        """A snapshot file with the triangles."""
        return MeshSnapshotFile(path, grid, self.deck.domain.triangles, count)

    def thickness(self, engine):
        """Over the electrode, which may be longer than the counter electrode."""
        return super().thickness(engine) * longer(self.triangles)

    def record(self, engine):
        """Lithium, charge and salt, and the shape of the deposit."""
        return MeshPlatingRecord(engine, self.scales, self.triangles)


class MeshPlatingRecord(PlatingRecord):
    """The same balances; the shape of the deposit is measured by its distance from the electrode, along its surface.

    No parabola is fitted to the tip, since that needs columns of cells.
    """

    def __init__(self, engine, scales, triangles: Triangles):
        super().__init__(engine, scales)
        self.deposit, self.triangles = Deposit(triangles), triangles

    def _shape(self, ξ, time):
        deposit, length = self.deposit, self.scales.length
        surface = deposit.surface(ξ)
        return {
            "Tip height": surface.highest * length,
            "Mean thickness": self._thickness() * length,
            "Roughness": surface.roughness * length,
            "Tip-valley distance": (surface.highest - surface.lowest) * length,
            "Area ratio": surface.area / self.triangles.length("bottom"),
            "Tip velocity": self._tip_velocity(surface.highest * length, time),
            "Largest xi ahead": deposit.largest_beyond(ξ, surface.highest + AHEAD),
            "Short circuit": float(deposit.connects(ξ)),
        }

    def _thickness(self, where=1.0):
        return super()._thickness(where) * longer(self.triangles)


def longer(triangles: Triangles) -> float:
    """Length of the counter electrode over that of the electrode."""
    return triangles.length("top") / triangles.length("bottom")
