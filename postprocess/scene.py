"""One three-dimensional scene: the block of lithium in its box, its lights and its camera."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize

from phasefield.io.rundir import Snapshot
from phasefield.postprocess import style
from phasefield.postprocess.grids import size_of, to_pyvista
from phasefield.postprocess.headless import pyvista

TOWARDS_VIEWER = np.array(
    [0.62, -1.0, 0.66]
)  # from in front, a little to the right, looking down on the deposit
VIEW_ANGLE = 16.0
FILLED = 0.97  # share of the picture that the box may span
#: Start of the scale bar, as parts of the box, and height of its label, as a part of the width.
BAR_PLACE, LABEL = np.array([0.0, -0.06, 0.0]), 0.05
FRONT_WALLS, BACK_WALLS = ("x1", "y0"), ("x0", "y1")
#: Rounds in which the camera is aimed: each takes the perspective of the one before.
AIMS = 8
WALL_LEVELS = 9
WALL_OPACITY = 0.65


class Scene:
    """A three-dimensional scene of a snapshot, to which parts are added before it is drawn once.

    Parameters
    ----------
    snapshot : Snapshot
        Snapshot of a three-dimensional run.
    pixels : int
        Width of the picture.
    aspect : float
        Its height over its width.
    body : str
        Order parameter whose surface is drawn.
    below : float [µm]
        Height of the space under the grid.
    """

    def __init__(self, snapshot: Snapshot, pixels: int, aspect: float, body: str = "xi", below: float = 0.0):
        self.snapshot, self.body = snapshot, body
        self.window = pixels, round(pixels * aspect)
        self.plotter = pyvista.Plotter(off_screen=True, window_size=self.window, lighting="none")
        self.plotter.set_background("white")
        self.low = np.array(snapshot.origin) - [0.0, 0.0, below]
        self.size = np.add(size_of(snapshot), [0.0, 0.0, below])
        self.anchor = self.low

    def lithium(self, values: np.ndarray, colours: Colormap, scale: Normalize) -> None:
        """Add the metal: its surface ξ = 1/2 coloured by cell values, plain faces where the box cuts it."""
        image = self.at_corners(shown=values)
        self.surface(image, colours, scale)
        for name in FRONT_WALLS:
            cut = side(image, name).clip_scalar(scalars=self.body, value=0.5, invert=False)
            if cut.n_cells:
                self.plotter.add_mesh(cut, color=style.LITHIUM, ambient=0.42, diffuse=0.75)

    def surface(self, image: pyvista.ImageData, colours: Colormap, scale: Normalize) -> None:
        """Add the surface of the body in an image, lit, coloured by what the image calls "shown"."""
        surface = image.contour([0.5], scalars=self.body)
        if surface.n_points:
            self.plotter.add_mesh(
                surface, scalars="shown", cmap=colours, clim=(scale.vmin, scale.vmax), show_scalar_bar=False,
                smooth_shading=True, ambient=0.2, diffuse=0.85, specular=0.22, specular_power=18,
            )  # fmt: skip

    def back_walls(self, values: np.ndarray, colours: Colormap, scale: Normalize, beside_body: bool = True) -> None:
        """Show cell values, with lines of equal value, on the back walls: all of them, or only beside the body."""
        image = self.at_corners(shown=values)
        look = {
            "scalars": "shown",
            "cmap": colours,
            "clim": (scale.vmin, scale.vmax),
            "show_scalar_bar": False,
        }
        levels = np.linspace(scale.vmin, scale.vmax, WALL_LEVELS)[1:-1]
        for name in BACK_WALLS:
            wall = side(image, name)
            if beside_body:
                wall = wall.clip_scalar(scalars=self.body, value=0.5)
            if wall.n_cells:
                self.plotter.add_mesh(wall, opacity=WALL_OPACITY, lighting=False, **look)
                lines = wall.contour(levels, scalars="shown")
                if lines.n_points:
                    self.plotter.add_mesh(lines, color="white", line_width=2.5, opacity=0.9, lighting=False)

    def defects(self, film: np.ndarray) -> bool:
        """Outline the defects of the film on the surface of the lithium; return whether there are any."""
        surface = self.at_corners(film=film).contour([0.5], scalars=self.body)
        if not surface.n_points:
            return False
        outlines = surface.contour([film.max() / 2], scalars="film")
        if not outlines.n_points:
            return False
        rings = outlines.strip().tube(radius=0.006 * self.size[0])
        self.plotter.add_mesh(rings, color=style.FILM, ambient=0.5, diffuse=0.6, smooth_shading=True)
        return True

    def box_and_scale_bar(self, length: float) -> None:
        """Add the edges of the box, and in front of it a bar of the length [µm] given."""
        bounds = np.column_stack([self.low, self.low + self.size]).ravel()
        box = pyvista.Box(bounds).extract_feature_edges(30)
        self.plotter.add_mesh(box, color=style.QUIET, line_width=2, lighting=False)
        start = self.low + self.size * BAR_PLACE
        end = start + length * np.array([1.0, 0.0, 0.0])
        bar = pyvista.Tube(pointa=start, pointb=end, radius=0.007 * self.size[0])
        self.plotter.add_mesh(bar, color=style.INK, lighting=False)
        self.anchor = (start + end) / 2 - [0.0, 0.0, 0.02 * self.size[2]]

    def photograph(self) -> tuple[np.ndarray, tuple[float, float]]:
        """Light the scene, draw it and close it.

        Returns
        -------
        picture : array of uint8
            Rows, columns and the three colours.
        anchor : tuple of float
            Column and row just under the middle of the scale bar.
        """
        self._light()
        self._aim()
        self.plotter.enable_ssao(
            radius=0.12 * self.size[0], bias=0.006 * self.size[0], kernel_size=64, blur=True
        )
        picture = np.asarray(self.plotter.screenshot(return_img=True))
        anchor = self._in_picture(self.anchor)
        self.plotter.close()
        return picture, anchor

    def at_corners(self, **fields: np.ndarray) -> pyvista.ImageData:
        """The order parameter and the fields given, at the corners of the cells."""
        fields = {self.body: self.snapshot[self.body], **fields}
        cells = Snapshot(self.snapshot.time, self.snapshot.origin, self.snapshot.spacing, fields)
        return to_pyvista(cells).cell_data_to_point_data()

    def _light(self) -> None:
        """A key light from the upper left, a soft one from the right, and one from behind for the rims."""
        centre = self.low + self.size / 2
        for direction, strength in (
            ((-0.6, -1.0, 1.4), 0.85),
            ((1.4, -0.4, 0.5), 0.45),
            ((0.1, 1.2, 0.9), 0.35),
        ):
            position = centre + 10 * self.size.max() * np.array(direction)
            self.plotter.add_light(pyvista.Light(position=position, focal_point=centre, intensity=strength))

    def _aim(self) -> None:
        """Aim the camera at the middle of the box, as near as its corners and the scale bar allow."""
        centre, distance, _ = _aimed(_outline(self.size), self.window[1] / self.window[0])
        centre, towards = self.low + centre, TOWARDS_VIEWER / np.linalg.norm(TOWARDS_VIEWER)
        self.plotter.camera_position = [centre + distance * towards, centre, (0, 0, 1)]
        self.plotter.camera.view_angle = VIEW_ANGLE
        self.plotter.renderer.ResetCameraClippingRange()

    def _in_picture(self, point: np.ndarray) -> tuple[float, float]:
        renderer = self.plotter.renderer
        renderer.SetWorldPoint(*point, 1.0)
        renderer.WorldToDisplay()
        column, row, _ = renderer.GetDisplayPoint()
        return column, self.plotter.window_size[1] - row


def aspect_of(sizes: Iterable[Sequence[float] | np.ndarray]) -> float:
    """Height over width of pictures in which boxes of some sizes, with their scale bars, leave the least room empty."""
    found = []
    for size in sizes:
        aspect = 1.0
        for _ in range(AIMS):
            *_, (width, height) = _aimed(_outline(np.array(size)), aspect)
            aspect = float(height / width)
        found.append(aspect)
    return max(found)


def _aimed(points: np.ndarray, aspect: float) -> tuple[np.ndarray, float, np.ndarray]:
    """Where the camera looks, from how far, and what size the points then have; in a picture of height over width."""
    towards = TOWARDS_VIEWER / np.linalg.norm(TOWARDS_VIEWER)
    right = np.cross([0.0, 0.0, 1.0], towards)
    right /= np.linalg.norm(right)
    axes = np.stack([right, np.cross(towards, right)])
    edges = FILLED * np.tan(np.radians(VIEW_ANGLE / 2)) * np.array([1 / aspect, 1.0])
    centre, distance = points.mean(axis=0), 10.0 * float(np.ptp(points, axis=0).max())
    for _ in range(AIMS):
        away = points - centre
        seen = away @ axes.T / (distance - away @ towards)[:, None]
        low, high = seen.min(axis=0), seen.max(axis=0)
        centre = centre + distance * (low + high) / 2 @ axes
        distance *= float(((high - low) / 2 / edges).max())
    return centre, distance, high - low


def _outline(size: np.ndarray) -> np.ndarray:
    """Corners of a box at the origin, and places under the ends of its scale bar and its label."""
    corners = size * np.array(list(product((0, 1), repeat=3)))
    bar = size * BAR_PLACE - [0.0, 0.0, LABEL * size[0]]
    return np.vstack([corners, bar, np.add(bar, [style.round_length(size[0]), 0.0, 0.0])])


def show(axes: Axes, scene: Scene, length: float) -> None:
    """Put the photograph of a scene into a panel, its box and a scale bar of the length [µm] given drawn."""
    scene.box_and_scale_bar(length)
    picture, anchor = scene.photograph()
    axes.imshow(picture, aspect="auto", interpolation="antialiased")
    axes.annotate(
        style.length_label(length), anchor, (0, -3), textcoords="offset points", ha="center", va="top", size=8
    )
    axes.axis("off")


def side(image: pyvista.ImageData, name: str) -> pyvista.ImageData:
    """One side of an image: ``x0``, ``x1``, ``y0`` and so on."""
    axis, end = "xyz".index(name[0]), int(name[1])
    extent = list(image.extent)
    extent[2 * axis : 2 * axis + 2] = [extent[2 * axis + end]] * 2
    return image.extract_subset(extent)
