"""The scene of the page: a panel for each run, two- or three-dimensional, with one camera for all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.colors import Colormap
from matplotlib.ticker import MaxNLocator
from vtkmodules.vtkRenderingCore import vtkBillboardTextActor3D

from phasefield.io.rundir import MeshSnapshot, Snapshot
from phasefield.postprocess import style
from phasefield.postprocess.grids import carried_to_surface, coarsened, to_pyvista
from phasefield.postprocess.headless import pyvista
from phasefield.postprocess.scene import TOWARDS_VIEWER
from phasefield.postprocess.sheet import Scale

#: Largest number of cells of a panel; larger fields are averaged over blocks of cells.
LARGEST = {2: 1_000_000, 3: 1_500_000}
#: Around the boxes of 2-D and 3-D panels: left, right, lower and upper [pixels].
MARGIN, MARGIN_3D = (56, 34, 52, 36), (90, 70, 70, 40)
#: Distance of lines and filled areas from the map behind them, as a part of the width.
LIFT = 1e-3
#: Length of a tick and size of its number [pixels].
TICK, AXIS_TEXT = 7.0, 15


@dataclass(frozen=True)
class Look:
    """What all panels show.

    Attributes
    ----------
    field : str
        Field that gives the colours.
    factor : float
        From SI to the unit shown.
    colours : Colormap
    scale : Scale
        In the unit shown.
    contour : str
        Field whose line (2-D) or surface (3-D) of equal value is drawn; empty for none.
    level : float
        Its value, in SI.
    cut : str
        Axis across which a 3-D box is cut open: ``"x"``, ``"y"`` or ``"z"``; empty to show no inside.
    part : float
        Position of the cut, as a part of the box.
    fill : str
        Colour of what lies inside the line, where the field is larger than the level (2-D); empty shows the field.
    """

    field: str
    factor: float
    colours: Colormap
    scale: Scale
    contour: str = ""
    level: float = 0.5
    cut: str = "y"
    part: float = 0.5
    fill: str = ""


class Scene:
    """Panels side by side in one window without a screen.

    Parameters
    ----------
    panels : int
        Number of runs.

    Attributes
    ----------
    dimension : int
        2 or 3; to be set before the first drawing.
    """

    def __init__(self, panels: int):
        self._dimension = 0
        self.plotter = pyvista.Plotter(off_screen=True, shape=(1, panels), border=False, window_size=(800, 500))
        self.plotter.set_background("white", all_renderers=True)
        self.plotter.link_views()
        self._low, self._high = np.zeros(3), np.ones(3)
        self._fitted, self._size, self._per_pixel, self._resized = False, (0, 0), 1.0, 0

    @property
    def dimension(self) -> int:
        return self._dimension

    @dimension.setter
    def dimension(self, dimension: int) -> None:
        if dimension != self._dimension:
            self._dimension, self._fitted = dimension, False
            left = "pan" if dimension == 2 else "rotate"
            self.plotter.enable_custom_trackball_style(left=left, right="dolly")
            self.plotter.iren.initialize()  # or it ignores the mouse

    @property
    def window(self):
        """The window, which the page shows."""
        return self.plotter.render_window

    def on_resize(self, call: Callable[[], None]) -> None:
        """Have a function called when the window gets another size."""
        self._resized = self.window.AddObserver("WindowResizeEvent", lambda *_: call())

    @property
    def outgrown(self) -> bool:
        """Whether the window has another size than when the camera was aimed last."""
        return self._fitted and self.window.GetSize() != self._size

    def close(self) -> None:
        """Free the window and all that it shows."""
        self.window.RemoveObserver(self._resized)
        self.plotter.close()

    def draw(self, snapshots: Sequence[Snapshot | MeshSnapshot | None], look: Look, fit: bool = False) -> None:
        """Draw one snapshot of each run; None leaves its panel empty. With `fit`, aim the camera again."""
        grids = [None if snapshot is None else self._prepared(snapshot, look) for snapshot in snapshots]
        boxes = [np.reshape(grid.bounds, (3, 2)) for grid in grids if grid is not None]
        low, high = np.min(boxes, axis=0)[:, 0], np.max(boxes, axis=0)[:, 1]
        if not np.allclose([low, high], [self._low, self._high]):
            self._low, self._high, self._fitted = low, high, False
        if fit or not self._fitted:
            self._fit()
        for number, grid in enumerate(grids):
            self.plotter.subplot(0, number)
            self.plotter.renderer.clear_actors()
            if grid is not None:
                (self._plane if self.dimension == 2 else self._volume)(grid, look)
            self.plotter.renderer.ResetCameraClippingRange()

    def _prepared(self, snapshot: Snapshot | MeshSnapshot, look: Look) -> pyvista.DataSet:
        """A VTK grid with two fields: "shown" in its unit, and "level" if a line or surface is drawn."""
        if isinstance(snapshot, Snapshot):
            wanted = {name: snapshot[name] for name in {look.field, look.contour, "xi"} & {*snapshot.fields}}
            snapshot = coarsened(replace(snapshot, fields=wanted), LARGEST[self.dimension])
        shown = snapshot[look.field] * look.factor
        if look.field == "current" and look.contour == "xi" and self.dimension == 3:
            shown = carried_to_surface(shown, snapshot["xi"])  # it falls to zero inside the interface
        fields = {"shown": shown} | ({"level": snapshot[look.contour]} if look.contour else {})
        single = {name: values.astype(np.float32) for name, values in fields.items()}
        grid = to_pyvista(replace(snapshot, fields=single))
        if self.dimension == 3 or not isinstance(grid, pyvista.ImageData):
            return grid
        flat = pyvista.ImageData(dimensions=(*grid.dimensions[:2], 1), spacing=grid.spacing, origin=grid.origin)
        flat.cell_data.update(grid.cell_data)  # one cell thick before
        return flat

    def _plane(self, grid: pyvista.DataSet, look: Look) -> None:
        self._coloured(grid, look, lighting=False)
        if look.contour:
            corners = grid.cell_data_to_point_data()
            if look.fill:
                inside = corners.clip_scalar(scalars="level", value=look.level, invert=False)
                self._over(inside, 1, color=look.fill)
            line = corners.contour([look.level], scalars="level")
            self._over(line, 2, color=style.LITHIUM_EDGE, line_width=4)
            self._over(line, 3, color="white", line_width=2)
        self._axis("x", (0, 0, 0), (0, -1, 0), (2.2, 4.8))
        self._axis("y", (0, 0, 0), (-1, 0, 0), (1.6,))

    def _over(self, mesh: pyvista.DataSet, layer: int, **look) -> None:
        """Draw a mesh of one colour in front of the map."""
        if mesh.n_points:
            lifted = mesh.translate((0, 0, layer * LIFT * float(np.ptp(mesh.bounds[:2]) or 1.0)))
            self.plotter.add_mesh(lifted, scalars=None, lighting=False, reset_camera=False, render=False, **look)

    def _volume(self, grid: pyvista.ImageData, look: Look) -> None:
        if look.contour:
            surface = grid.cell_data_to_point_data().contour([look.level], scalars="level")
            if surface.n_points:
                self._coloured(
                    surface, look, smooth_shading=True, ambient=0.45, diffuse=0.7, specular=0.15, specular_power=18
                )
        if look.cut:
            self._coloured(_behind(grid, look.cut, look.part), look, lighting=False)
        edges = pyvista.Box(np.column_stack([self._low, self._high]).ravel()).scale(1 + LIFT, point=grid.center)
        self.plotter.add_mesh(
            edges.extract_feature_edges(30), color=style.QUIET, line_width=1.5, lighting=False, render=False,
            reset_camera=False,
        )  # fmt: skip
        self._axis("x", (0, 0, 0), (0, -1, 0), (4.0, 9.0))
        self._axis("y", (1, 0, 0), (1, 0, 0), (4.0, 9.0))
        self._axis("z", (0, 0, 0), (-1, 0, 0), (1.6,))

    def _coloured(self, mesh: pyvista.DataSet, look: Look, **light) -> None:
        self.plotter.add_mesh(
            mesh, scalars="shown", cmap=look.colours, clim=(look.scale.vmin, look.scale.vmax), show_scalar_bar=False,
            reset_camera=False, render=False, nan_color="magenta", **light,
        )  # fmt: skip

    def _axis(self, axis: str, place: Sequence[float], outwards: Sequence[float], label: tuple[float, ...]) -> None:
        """Draw an edge of the box with ticks at round lengths.

        Parameters
        ----------
        axis : str
            ``"x"``, ``"y"`` or ``"z"``.
        place : sequence of float
            Place of the edge, as parts of the box; that along the axis does not count.
        outwards : sequence of float
            Direction of the ticks.
        label : tuple of float
            Distances from the edge, in lengths of a tick: of the numbers, and of the name at its middle; without the
            second, the name is at its upper end.
        """
        number, size = "xyz".index(axis), self._high - self._low
        factor, unit = style.length_unit(float(size.max()))
        low, high = self._low[number] * factor, self._high[number] * factor
        ticks = [t for t in MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(low, high) if low <= t <= high]
        tick = TICK * self._per_pixel * np.asarray(outwards, dtype=float)
        edge = self._low + size * np.asarray(place, dtype=float)
        ends = []
        for value in (*ticks, (low + high) / 2):
            end = edge.copy()
            end[number] = value / factor
            ends.append(end)
        *starts, middle = ends
        top = np.where(np.arange(3) == number, self._high, edge) + 2.5 * TICK * self._per_pixel * np.eye(3)[number]
        lines = np.concatenate([(start, start + tick) for start in starts])
        self.plotter.add_mesh(
            pyvista.line_segments_from_points(lines), color=style.INK, line_width=1.5, lighting=False, render=False,
            reset_camera=False,
        )  # fmt: skip
        for start, value in zip(starts, ticks, strict=True):
            self._text(f"{value:.6g}", start + label[0] * tick, right=len(label) == 1)
        self._text(f"{axis} ({unit})", middle + label[1] * tick if label[1:] else top, bold=True)

    def _text(self, text: str, place: np.ndarray, bold: bool = False, right: bool = False) -> None:
        """A text that keeps its size and faces the reader; its middle or its right end is at the place."""
        actor = vtkBillboardTextActor3D()
        actor.SetInput(text)
        actor.SetPosition(*place)
        look = actor.GetTextProperty()
        look.SetFontSize(AXIS_TEXT)
        look.SetColor(*pyvista.Color(style.INK).float_rgb)
        look.SetBold(bold)
        look.SetJustificationToRight() if right else look.SetJustificationToCentered()
        look.SetVerticalJustificationToCentered()
        self.plotter.renderer.add_actor(actor, reset_camera=False, render=False)

    def _fit(self) -> None:
        """Aim the camera so that the largest box and its axes fill a panel."""
        self._fitted = True
        self._size = self.window.GetSize()
        width, height = self._size
        width = width / self.plotter.shape[1]
        centre, size = (self._low + self._high) / 2, self._high - self._low
        if self.dimension == 2:
            towards, up = np.array([0.0, 0.0, 1.0]), np.array([0.0, 1.0, 0.0])
            extent, margin = size[:2], MARGIN
        else:
            towards, up = TOWARDS_VIEWER / np.linalg.norm(TOWARDS_VIEWER), np.array([0.0, 0.0, 1.0])
            right = np.cross(up, towards)
            right /= np.linalg.norm(right)
            corners = np.stack(np.meshgrid(*zip(-size / 2, size / 2, strict=True)), axis=-1).reshape(-1, 3)
            extent = 2 * np.abs(corners @ np.column_stack([right, np.cross(towards, right)])).max(axis=0)
            margin = MARGIN_3D
        free = np.maximum([width - margin[0] - margin[1], height - margin[2] - margin[3]], 10.0)
        per_pixel = self._per_pixel = float((extent / free).max())
        if self.dimension == 2:
            centre = centre + per_pixel / 2 * np.array([margin[1] - margin[0], margin[3] - margin[2], 0.0])
        for renderer in self.plotter.renderers:
            camera = renderer.camera
            camera.focal_point, camera.position, camera.up = centre, centre + 4 * np.linalg.norm(size) * towards, up
            camera.enable_parallel_projection()
            camera.parallel_scale = per_pixel * height / 2


def _behind(grid: pyvista.ImageData, axis: str, part: float) -> pyvista.ImageData:
    """The part of a box behind a cut, seen from the default place: small x, large y, small z; at least one cell."""
    number = "xyz".index(axis)
    extent = list(grid.extent)
    low, high = extent[2 * number : 2 * number + 2]
    at = low + round(part * (high - low))
    if axis == "y":
        extent[2 * number] = min(at, high - 1)
    else:
        extent[2 * number + 1] = max(at, low + 1)
    return grid.extract_subset(extent)
