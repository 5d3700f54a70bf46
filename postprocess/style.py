"""Common style of all pictures: colours, fonts, sizes, names and units of quantities."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from io import BytesIO

import numpy as np
from cmcrameri import cm
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure

from phasefield.errors import printable

INK = "#23272e"
QUIET = "#7b828c"
LITHIUM = "#c9cdd3"
LITHIUM_EDGE = "#3b4048"
ISOLATED = "#cf8a78"
ELECTRODE = "#6a5f57"
FILM = "#e08a1e"
FILM_PRODUCT = "#8c5a2e"
PRODUCT = "#2f7f8a"
ELECTROLYTE = "#f1ead8"
HOST = "#9aa58c"
PIXELS_PER_INCH = 200
#: Resolution of pictures in a page or a notebook; that of files is higher [pixels per inch].
INLINE = 90

RC = {
    "font.family": "DejaVu Sans",  # part of matplotlib, so pictures are the same on every machine
    "font.size": 8.5,
    "mathtext.fontset": "dejavusans",
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "axes.titlesize": 8.5,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "legend.frameon": False,
    "pdf.fonttype": 42,  # TrueType, which journals ask for
    "figure.dpi": PIXELS_PER_INCH,
    "savefig.dpi": PIXELS_PER_INCH,
}


def literal(text: str) -> str:
    """Escape a text so that a picture shows it literally: no mathematics between two ``$``, no control characters."""
    return printable(text).replace("\n", " ").replace("$", r"\$")


def part(colours: Colormap, start: float, stop: float) -> Colormap:
    """The part of a colour map between two fractions, so that its ends differ from metal and ink."""
    return LinearSegmentedColormap.from_list(f"{colours.name}_part", colours(np.linspace(start, stop, 256)))


class Picture(Figure):
    """A figure that a notebook shows although pyplot does not know it."""

    def _repr_png_(self) -> bytes:
        return png_of(self)


def png_of(figure: Figure, resolution: float = INLINE) -> bytes:
    """A figure as PNG, with so many pixels per inch."""
    content = BytesIO()
    figure.savefig(content, format="png", dpi=resolution)
    return content.getvalue()


def inlined(figure: Figure, resolution: float = INLINE) -> str:
    """A figure as image data for a page."""
    return "data:image/png;base64," + base64.b64encode(png_of(figure, resolution)).decode()


@dataclass(frozen=True)
class Quantity:
    """Display of a field: its name, unit, factor from SI, colours and symbol."""

    label: str
    unit: str
    factor: float
    colours: Colormap
    symbol: str = ""

    @property
    def title(self) -> str:
        """Text of a colour bar or an axis."""
        return f"{self.label} ({self.unit})" if self.unit else self.label

    def titled(self, where: str) -> str:
        """The title of a quantity that is shown in one place only."""
        return replace(self, label=f"{self.label}, {where}").title


#: Colour maps that stand side by side have no end in common (`tests/unit/test_colours.py`).
QUANTITIES = {
    "current": Quantity("Current density", "mA cm⁻²", 0.1, part(cm.navia, 0.02, 0.9)),
    "c": Quantity("Salt concentration", "mol L⁻¹", 1e-3, part(cm.lapaz, 0.03, 0.8)),
    "phi": Quantity("Electrolyte potential", "mV", 1e3, part(cm.devon, 0.05, 0.95)),
    "potential": Quantity("Potential V against Li", "V", 1.0, part(cm.acton, 0.2, 0.95), "V"),
    "phi_e": Quantity("Electronic potential φ$_e$", "V", 1.0, part(cm.oslo, 0.08, 0.65), "φ$_e$"),
    "phi_i": Quantity("Ionic potential φ$_i$", "V", 1.0, part(cm.oslo, 0.08, 0.65), "φ$_i$"),
    "tension": Quantity("Largest principal stress σ$_1$", "MPa", 1e-6, part(cm.vik, 0.02, 0.98), "σ$_1$"),
    "pressure": Quantity("Pressure −tr σ/3", "MPa", 1e-6, part(cm.broc, 0.1, 0.9), "p"),
    "height": Quantity("Height", "µm", 1.0, part(cm.lajolla, 0.12, 0.92)),
    "content": Quantity("Lithium content x", "", 1.0, part(cm.imola, 0.02, 0.98), "x"),
}
BROKEN = LinearSegmentedColormap.from_list("damage", [ELECTROLYTE, "#8a4b32", INK])
QUANTITIES["d"] = Quantity("Damage", "", 1.0, BROKEN)
QUANTITIES["theta"] = replace(QUANTITIES["content"], label="Content θ of the host", symbol="θ")
ORDER_SYMBOLS = {"psi": "ψ", "xi": "ξ"}
#: Greens of the interphase, from dark to light, for its height.
PRODUCT_HEIGHT = LinearSegmentedColormap.from_list("product", ["#0f3f47", PRODUCT, "#6fb5ac", "#c4e6d0"])
SURFACE_CURRENT = part(cm.lipari, 0.45, 0.82)
RUN_COLOURS = ("#2f5d8c", "#d9822b", "#4f8f5b", "#a4465b", "#7a68a6", "#6b6b6b", "#1f9aa3", "#b59a2b")


def unit_label(unit: str) -> str:
    """A unit for pictures: mA/cm² with a negative power; empty for a plain number."""
    above, _, below = unit.partition("/")
    name = below.rstrip("²³")
    if not name.isalpha():
        return "" if unit == "1" else unit
    power = f"{name}⁻{below[len(name) :] or '¹'}"
    return power if above == "1" else f"{above} {power}"


def time_label(seconds: float, longest: float) -> str:
    """A time in the unit that suits the longest time of the picture."""
    factor, unit = time_unit(longest)
    value = seconds / factor
    digits = max(0, 2 - int(np.floor(np.log10(max(longest / factor, 1e-30)))))
    return f"{value:.{min(digits, 6)}f} {unit}"


def time_unit(longest: float) -> tuple[float, str]:
    """Seconds in the unit that suits times up to `longest` [s], and its symbol."""
    for factor, unit in ((86400.0, "d"), (3600.0, "h"), (60.0, "min")):
        if longest >= 3 * factor:
            return factor, unit
    for factor, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if longest >= 0.1 * factor:
            return factor, unit
    return (1e-9, "ns") if longest > 0 else (1.0, "s")


def charge_label(charge: float) -> str:
    """A charge per area [C/m²] in the units of battery research."""
    number = f"{round(charge / 36e3, 2) + 0.0:.2f}".replace("-", "−")
    return f"{number} mAh cm⁻²"


def length_unit(largest: float) -> tuple[float, str]:
    """The factor from micrometres to the unit that suits lengths up to `largest` [µm], and its symbol."""
    return (1e3, "nm") if largest < 1 else (1.0, "µm")


def length_label(length: float) -> str:
    """A length [µm] in the unit that suits it, to three digits."""
    factor, unit = length_unit(length)
    return f"{length * factor:.3g} {unit}"


def round_length(extent: float) -> float:
    """A round length [µm] between about a fifth and a half of an extent, for a scale bar."""
    power = 10.0 ** np.floor(np.log10(extent / 2.5))
    return max(step * power for step in (1, 2, 5) if step * power <= extent / 2.5)
