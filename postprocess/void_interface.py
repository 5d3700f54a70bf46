"""Three-dimensional voids at an interface, from above: contact, and below it the current density in contact."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure

from phasefield.io.rundir import Run, Snapshot
from phasefield.postprocess import style
from phasefield.postprocess.grids import size_of
from phasefield.postprocess.phases import COLOURS
from phasefield.postprocess.plane import MOVIE_PANEL_WIDTH, PANEL_WIDTH, field_map, scale_bar
from phasefield.postprocess.sheet import Scale, Sheet, at_time, caption, run_labels

#: From voids to lithium.
CONTACT = LinearSegmentedColormap.from_list("contact", ["white", COLOURS["lithium"]])


def draw_void_interface(
    runs: Sequence[Run], snapshots: Sequence[Sequence[int]], largest: float, detail: float = 2.0
) -> Figure:
    """Draw the interface of three-dimensional runs: for each the contact, and below it the current density in it.

    Parameters
    ----------
    runs : sequence of Run
    snapshots : sequence of sequence of int
        For each run the snapshots to show, equally many.
    largest : float [A/m²]
        Largest current density in contact.
    detail : float
        As for other pictures in three dimensions; maps have no use for it.
    """
    times = len(snapshots[0])
    first = _interface(runs[0].snapshot(0))
    x, y = size_of(first)
    width = MOVIE_PANEL_WIDTH if times == 1 else PANEL_WIDTH
    sheet = Sheet.new(run_labels(runs), times, y / x, width, bars=2, stack=2)
    longest = max(run.times[-1] for run in runs)
    current = style.QUANTITIES["current"]
    scale = Scale(0.0, largest)
    for number, (run, indices) in enumerate(zip(runs, snapshots, strict=True)):
        rows = sheet.panels[2 * number : 2 * number + 2]
        for index, (above, below) in zip(indices, zip(*rows, strict=True), strict=True):
            interface = _interface(run.snapshot(index))
            field_map(above, interface, interface["contact"], CONTACT, Normalize(0, 1))
            field_map(below, interface, interface["contact_current"], current.colours, scale)
            contact = at_time(run, "Contact [1]", interface.time)
            caption(above, style.time_label(interface.time, longest), f"contact {contact:.2f}")
    scale_bar(sheet.panels[0][0], x)
    sheet.colour_bar(0, "Contact fraction", CONTACT, Scale(0.0, 1.0))
    sheet.colour_bar(1, current.titled("in contact"), current.colours, scale.times(current.factor))
    return sheet.figure


def _interface(snapshot: Snapshot) -> Snapshot:
    """The cells at the interface, as a snapshot of two dimensions."""
    fields = {name: snapshot[name][:, :, 0] for name in ("contact", "contact_current")}
    return Snapshot(snapshot.time, snapshot.origin[:2], snapshot.spacing[:2], fields)
