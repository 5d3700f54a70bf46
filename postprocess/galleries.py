"""The pictures of each model's runs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from matplotlib.figure import Figure

from phasefield.errors import RunError
from phasefield.io.rundir import Run
from phasefield.postprocess.contact import contact_scales
from phasefield.postprocess.contact_plane import draw_contact_plane
from phasefield.postprocess.contact_profile import draw_contact_profiles
from phasefield.postprocess.contact_volume import draw_contact_volume
from phasefield.postprocess.crack_plane import draw_crack_plane
from phasefield.postprocess.crack_volume import draw_crack_volume
from phasefield.postprocess.growth import draw_growth
from phasefield.postprocess.history import draw_history
from phasefield.postprocess.interphase_plane import draw_interphase_plane
from phasefield.postprocess.interphase_profile import draw_interphase_profiles
from phasefield.postprocess.interphase_volume import draw_interphase_volume, surface_scale
from phasefield.postprocess.mesh_plane import draw_mesh_plane, mesh_plane_scale
from phasefield.postprocess.phases import potential_scale, stress_scale
from phasefield.postprocess.plain import (
    body_of,
    common_fields,
    draw_plain_plane,
    draw_plain_volume,
    plain_scales,
    quantities_of,
)
from phasefield.postprocess.plane import draw_plane, plane_scale
from phasefield.postprocess.profile import draw_profiles
from phasefield.postprocess.sheet import Scale, common_grid, common_model
from phasefield.postprocess.void_interface import draw_void_interface
from phasefield.postprocess.void_plane import draw_void_plane, largest_in_contact, void_scale
from phasefield.postprocess.volume import draw_volume, volume_scale
from phasefield.postprocess.wetting_plane import draw_wetting_plane

log = logging.getLogger(__name__)

#: Draws the snapshots given, one list per run; in 3-D with the requested `detail`.
Painter = Callable[..., Figure]


@dataclass(frozen=True)
class Gallery:
    """Pictures of the runs of a model.

    Attributes
    ----------
    colours : tuple of str
        Fields that may colour the electrolyte.
    surfaces : tuple of str
        Quantities that may colour the surface in 3-D; the first is the default.
    painter : callable
        Returns a `Painter`, given runs, dimension, all snapshots for the scales, colour or None, and surface.
    needs : tuple of str
        Fields that the pictures require.
    chart : callable
        Draws scalars of the runs against time; returns None if there are none.
    chart_name : str
    """

    colours: tuple[str, ...]
    surfaces: tuple[str, ...]
    painter: Callable[[Sequence[Run], int, list[list[int]], str | None, str], Painter]
    needs: tuple[str, ...] = ()
    chart: Callable[[Sequence[Run]], Figure | None] = draw_history
    chart_name: str = "history"


def _plating(
    runs: Sequence[Run], dimension: int, snapshots: list[list[int]], colour: str | None, surface: str
) -> Painter:
    if dimension == 1:
        return partial(draw_profiles, runs)
    if colour is None:
        binary = all("c" in run.snapshot(0).fields for run in runs)
        colour = "c" if binary else {2: "current", 3: "phi"}[dimension]
    if dimension == 2 and common_grid(runs):
        return partial(draw_mesh_plane, runs, colour=colour, scale=mesh_plane_scale(runs, snapshots, colour))
    if dimension == 2:
        return partial(draw_plane, runs, colour=colour, scale=plane_scale(runs, snapshots, colour))
    scales = (volume_scale(runs, snapshots, surface, True), volume_scale(runs, snapshots, colour, False))
    return partial(draw_volume, runs, colour=surface, behind=colour, scales=scales)


def _interphase(
    runs: Sequence[Run], dimension: int, snapshots: list[list[int]], colour: str | None, surface: str
) -> Painter:
    if dimension == 1:
        return partial(draw_interphase_profiles, runs)
    hosts, stressed = (all(name in run.snapshot(0).fields for run in runs) for name in ("host", "tension"))
    second = "tension" if stressed else "phi_e"
    mapped = [colour] if colour else ["theta", "potential"] if hosts else ["potential", second]
    scales = {
        name: (stress_scale if name in STRESSES else potential_scale)(runs, snapshots, name) for name in mapped
    }
    if dimension == 2:
        return partial(draw_interphase_plane, runs, scales=scales)
    behind = mapped[-1] if hosts else mapped[0]  # walls show all phases, not the host alone
    both = (surface_scale(runs, snapshots, surface), scales[behind])
    return partial(draw_interphase_volume, runs, colour=surface, behind=behind, scales=both)


def _contact(
    runs: Sequence[Run], dimension: int, snapshots: list[list[int]], colour: str | None, surface: str
) -> Painter:
    if dimension == 1:
        return partial(draw_contact_profiles, runs)
    scales = contact_scales(runs, snapshots)
    if dimension == 2:
        return partial(draw_contact_plane, runs, scales=scales)
    return partial(draw_contact_volume, runs, colour=surface, scales=scales)


def _wetting(
    runs: Sequence[Run], dimension: int, snapshots: list[list[int]], colour: str | None, surface: str
) -> Painter:
    if dimension == 3:
        raise RunError("pictures of wetting are two-dimensional; open fields.vtkhdf of a 3-D run in ParaView")
    return partial(draw_wetting_plane, runs)


def _crack(
    runs: Sequence[Run], dimension: int, snapshots: list[list[int]], colour: str | None, surface: str
) -> Painter:
    if dimension == 3:
        return partial(draw_crack_volume, runs)
    scales = {"d": Scale(0.0, 1.0), "tension": stress_scale(runs, snapshots, "tension")}
    return partial(draw_crack_plane, runs, scales=scales)


def _voids(
    runs: Sequence[Run], dimension: int, snapshots: list[list[int]], colour: str | None, surface: str
) -> Painter:
    if dimension == 1:
        return partial(draw_profiles, runs)
    largest = largest_in_contact(runs, snapshots)
    if dimension == 3:
        return partial(draw_void_interface, runs, largest=largest)
    return partial(draw_void_plane, runs, scale=void_scale(runs, snapshots), largest=largest)


def _plain(
    runs: Sequence[Run], dimension: int, snapshots: list[list[int]], colour: str | None, surface: str
) -> Painter:
    fields = common_fields(runs)
    if dimension == 1:
        return partial(draw_profiles, runs, known=quantities_of(runs, fields))
    if dimension == 3:
        return partial(draw_plain_volume, runs, behind=colour or fields[0], body=body_of(runs, snapshots, fields[0]))
    return partial(draw_plain_plane, runs, scales=plain_scales(runs, snapshots, (colour,) if colour else fields))


POTENTIALS = ("potential", "phi_e", "phi_i")
STRESSES = ("tension", "pressure")
#: Gallery by the deck's ``model``.
GALLERIES = {
    "plating": Gallery(("c", "current", "phi", "pressure"), ("current", "height"), _plating, ("xi", "current")),
    "interphase": Gallery(
        (*POTENTIALS, *STRESSES), ("height", "potential"), _interphase, ("psi", "potential", "phi_e"), draw_growth,
        "thickness",
    ),
    "plating-interphase": Gallery(
        (*POTENTIALS, "theta"), ("height", "potential"), _interphase, ("xi", "psi", "potential", "phi_e")
    ),
    "wetting": Gallery((), ("xi",), _wetting, ("xi", "psi")),
    "crack": Gallery((), ("d",), _crack, ("d", "tension", "lithium")),
    "voids": Gallery((), ("contact",), _voids, ("contact", "contact_current", "current")),
    "contact": Gallery(
        ("current",), ("current", "content"), _contact, ("c", "phi", "electrode", "coverage", "current")
    ),
}


def gallery_of(runs: Sequence[Run]) -> Gallery:
    """The gallery of the runs' model; plain pictures if it has none, or if required fields are missing.

    Raises
    ------
    RunError
        The models differ, or a run has no snapshot yet.
    """
    gallery = GALLERIES.get(common_model(runs), Gallery((), ("height",), _plain))
    fields = common_fields(runs)
    if missing := [name for name in gallery.needs if name not in fields]:
        log.warning("plain pictures: the snapshots have no %s", ", ".join(missing))
    elif gallery.needs:
        return gallery
    return replace(gallery, colours=fields, surfaces=("height",), painter=_plain)
