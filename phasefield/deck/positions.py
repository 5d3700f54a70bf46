"""Checks of positions in a deck: points in the box, features that need a lateral axis."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from phasefield.errors import Problem
from phasefield.units import pretty

#: Longest correlation length of a roughness, over the widest side of the box.
LONGEST_CORRELATION = 10


def point_problems(key: str, point: tuple[float, ...], size: tuple[float, ...]) -> Iterator[Problem]:
    """Problems of a point: it must have one coordinate per axis and lie in the box."""
    if len(point) != len(size):
        yield Problem(key, f"must have {len(size)} coordinate{'s' * (len(size) > 1)}, but has {len(point)}")
    elif any(not 0 <= x <= length for x, length in zip(point, size, strict=True)):
        box = " by ".join(pretty(length, "m") for length in size)
        yield Problem(key, f"lies outside the box, whose size is {box}")


def front_problems(key: str, front: Any, domain: Any) -> Iterator[Problem]:
    """Problems of shapes: they need lateral axes, and positions on the electrode or in the box."""
    lateral = domain.size[:-1]
    if not lateral:
        for feature in ("cosines", "bumps", "seeds", "spheres", "noise"):
            if getattr(front, feature, ()):
                yield Problem(f"{key}.{feature}", "is not allowed in 1-D, which has no lateral axis")
        return
    for index, cosine in enumerate(front.cosines):
        if cosine.axis >= len(lateral):
            yield Problem(
                f"{key}.cosines.{index}.axis", f"must be a lateral axis, at most {len(lateral) - 1} in this box"
            )
    for feature in ("bumps", "seeds"):
        for index, item in enumerate(getattr(front, feature)):
            yield from point_problems(f"{key}.{feature}.{index}.position", item.position, lateral)
    for index, sphere in enumerate(getattr(front, "spheres", ())):
        yield from point_problems(f"{key}.spheres.{index}.position", sphere.position, domain.size)
    if front.noise:
        if front.noise.correlation_length < min(domain.spacing):
            yield Problem(f"{key}.noise.correlation_length", "must not be smaller than a cell")
        yield from _noise_problems(f"{key}.noise", front.noise, lateral)


def _noise_problems(key: str, noise: Any, lateral: tuple[float, ...]) -> Iterator[Problem]:
    """Problem of a roughness that does not vary within the box."""
    longest = LONGEST_CORRELATION * max(lateral)
    if noise.correlation_length > longest:
        reason = f"{LONGEST_CORRELATION} times the widest side of the box: beyond it, the surface has no roughness"
        yield Problem(f"{key}.correlation_length", f"must be at most {pretty(longest, 'm')}, {reason}")


def coating_problems(coating: Any, lateral: tuple[float, ...]) -> Iterator[Problem]:
    """Problems of coating defects: they need a lateral axis, and positions on the electrode."""
    if coating is None:
        return
    if not lateral and (coating.broken or coating.uneven):
        yield Problem("coating", "must be even and without defects in 1-D, which has no lateral axis")
        return
    if coating.roughness:
        yield from _noise_problems("coating.roughness", coating.roughness, lateral)
    if coating.extremes[0] <= 0:
        problem = (
            "is too rough: four times its amplitude exceeds the thickness of the coating. Use coating.defects for holes"
        )
        yield Problem("coating.roughness", problem)
    if coating.cracks and len(lateral) < 2:
        yield Problem("coating.cracks", "are allowed in 3-D only; in 2-D use coating.defects, which are slits")
        return
    for index, crack in enumerate(coating.cracks):
        yield from point_problems(f"coating.cracks.{index}.start", crack.start, lateral)
        yield from point_problems(f"coating.cracks.{index}.end", crack.end, lateral)
    for index, defect in enumerate(coating.defects):
        yield from point_problems(f"coating.defects.{index}.position", defect.position, lateral)


def plane_problems(heterogeneity: Any, size: tuple[float, ...]) -> Iterator[Problem]:
    """Problems of grain-boundary planes: they must have the dimension of the box."""
    planes = heterogeneity.grain_boundaries.planes if heterogeneity else ()
    for index, plane in enumerate(planes):
        key = f"heterogeneity.grain_boundaries.planes.{index}"
        yield from point_problems(f"{key}.point", plane.point, size)
        if len(plane.normal) != len(size):
            yield Problem(f"{key}.normal", f"must have {len(size)} numbers, but has {len(plane.normal)}")
