"""What the page shows, as values of its state: the choices of a reader, and the texts and images that follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from cmcrameri import cm
from matplotlib.colors import to_hex
from matplotlib.ticker import MaxNLocator

from phasefield.errors import printable
from phasefield.io.rundir import MeshSnapshot, Run
from phasefield.postprocess import style
from phasefield.postprocess.plain import COLOURS, common_fields
from phasefield.postprocess.sheet import Scale, short_names
from phasefield.postprocess.viewer.curves import LEFT, RIGHT
from phasefield.postprocess.viewer.scene import LARGEST
from phasefield.postprocess.viewer.watched import Watched

#: Fields that a page shows first, the first that a run has; in 3-D the current at the surface.
PREFERRED = ("c", "potential", "theta", "current", "phi")
#: Order parameters, whose value 1/2 is a surface, and the colour of what is inside.
BODIES = {"xi": style.LITHIUM, "psi": style.PRODUCT, "electrode": style.ELECTRODE}
#: Fields that mean nothing in lithium.
OUTSIDE_METAL = ("c", "current", "phi")
#: Mathematical text of Matplotlib, as a page writes it.
PLAIN = {"$^{-1}$": "⁻¹", "$^{-2}$": "⁻²", "$^{-3}$": "⁻³", "$_e$": "ₑ", "$_i$": "ᵢ", "$_1$": "₁"}
STOPS = 24


def plain(text: str) -> str:
    """A text of a picture without mathematical marks."""
    for mark, letter in PLAIN.items():
        text = text.replace(mark, letter)
    return printable(text.replace(r"\$", "$"))


def quantities(runs: Sequence[Run]) -> dict[str, style.Quantity]:
    """Display of all fields that the runs have in common: a built-in one, or the runs' own label and unit."""
    found = {}
    for number, name in enumerate(common_fields(runs)):
        label, unit = runs[0].labels.get(name, (name, ""))
        own = style.Quantity(label, unit_text(unit), 1.0, COLOURS[number % len(COLOURS)])
        if name in BODIES:
            own = style.Quantity(label, "", 1.0, style.part(cm.grayC, 0.05, 0.85))
        found[name] = style.QUANTITIES.get(name, own)
    return found


def unit_text(unit: str) -> str:
    """A unit of a run as a picture writes it."""
    return style.unit_label(unit.replace("m2", "m²").replace("m3", "m³"))


def first_choice(fields: Sequence[str], dimension: int) -> dict[str, Any]:
    """What a page shows first: the field, the line or surface, and whether its inside is filled, as metal is."""
    bodies = [name for name in BODIES if name in fields]
    wanted = ("current", *PREFERRED) if dimension == 3 else PREFERRED
    field = next((name for name in (*wanted, *fields) if name in fields and name not in bodies[:1]), fields[0])
    filled = bodies[:1] == ["xi"] and field in OUTSIDE_METAL
    return {"field": field, "contour": bodies[0] if bodies else "", "fill": filled}


def options(fields: Mapping[str, style.Quantity]) -> list[dict[str, str]]:
    """Entries of a list of fields; fields with the same label have their name, too."""
    labels = [plain(quantity.label) for quantity in fields.values()]
    pairs = zip(fields, labels, strict=True)
    return [
        {"value": name, "text": label if labels.count(label) == 1 else printable(f"{label}, {name}")}
        for name, label in pairs
    ]


def colour_bar(quantity: style.Quantity, scale: Scale) -> dict[str, Any]:
    """Title, colours and ticks of a colour bar."""
    colours = ", ".join(to_hex(colour) for colour in quantity.colours(np.linspace(0, 1, STOPS)))
    low, high = scale.vmin, scale.vmax
    ticks = [tick for tick in MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high) if low <= tick <= high]
    texts = tick_texts(ticks)
    if scale.extend == "max" and ticks:
        texts[-1] = f"{texts[-1]} …" if ticks[-1] == high else texts[-1]
    return {
        "title": plain(quantity.title),
        "gradient": f"linear-gradient(to right, {colours})",
        "ticks": [
            {"at": round(100 * (tick - low) / (high - low), 3), "text": text}
            for tick, text in zip(ticks, texts, strict=True)
        ],
    }


def tick_texts(ticks: Sequence[float]) -> list[str]:
    """Numbers of equally spaced ticks, with as many digits as make them differ."""
    if len(ticks) < 2:
        return [f"{tick:.4g}" for tick in ticks]
    step, largest = abs(ticks[1] - ticks[0]), max(map(abs, ticks))
    if not 1e-3 <= largest < 1e5:
        digits = max(0, int(np.ceil(np.log10(largest / step) + 0.5)))
        return [f"{tick:.{digits}e}".replace("e+0", "e").replace("e-0", "e−") if tick else "0" for tick in ticks]
    digits = max(0, -int(np.floor(np.log10(step) + 1e-9)) + (1 if f"{step:.1e}".startswith("2.5") else 0))
    return [f"{tick:.{digits}f}".replace("-", "−") for tick in ticks]


def cursor(time: float, longest: float) -> float:
    """Position of a time in the image of a curve [%]."""
    return round(100 * (LEFT + (RIGHT - LEFT) * (time / longest if longest else 0.0)), 3)


def names_of(paths: Sequence[Path]) -> list[str]:
    """Short names of the runs."""
    names = [path.resolve().name for path in paths]
    short = short_names(names) if len(set(names)) == len(names) else [str(path) for path in paths]
    return [printable(name) for name in (short if len(paths) > 1 else names)]


def run_lines(watched: Sequence[Watched], longest: float) -> list[dict[str, str]]:
    """The line at the head of the page for each run: colour, name, state."""
    lines = []
    for one, name, colour in zip(watched, names_of([w.path for w in watched]), style.RUN_COLOURS, strict=False):
        reached = f", {style.time_label(float(one.times[-1]), longest)}" if len(one.times) else ""
        about = f"{one.state or 'not begun'}{reached}"
        lines.append({"path": printable(str(one.path)), "name": name, "about": about, "colour": colour})
    return lines


def note_of(watched: Sequence[Watched], snapshots: Sequence[Any], time: float, longest: float) -> str:
    """What a reader should know of the picture: times that differ from the one chosen, and cells that were averaged."""
    notes = []
    for snapshot, name in zip(snapshots, names_of([one.path for one in watched]), strict=True):
        if snapshot is not None and abs(snapshot.time - time) > 1e-9 * longest:
            notes.append(f"{name} is shown at {style.time_label(snapshot.time, longest)}.")
        if snapshot is not None and not isinstance(snapshot, MeshSnapshot) and snapshot.dimension > 1:
            blocks = int(np.ceil((np.prod(snapshot.shape) / LARGEST[snapshot.dimension]) ** (1 / snapshot.dimension)))
            if blocks > 1:
                notes.append(f"{name}: the picture shows means over blocks of {blocks} cells along each axis.")
    return " ".join(notes)
