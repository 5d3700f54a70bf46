"""Checks of the runs in addition to the claims: flat layers follow theory, and balances close."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tools.systems.runs import Runs

#: Cases of one flat layer, whose thickness must agree with theory (``phasefield check``) to 3 %.
FLAT = ("lagp", "latp", "latp 5 nm", "lzp", "llzo", "lgps", "lpscl", "ncm523", "ncm523 coated", "ncm811", "carbonate")
#: Cases in which lithium consumed or stored must equal the charge of the ions and, in layers, that of the electrons.
CLOSED = (
    *FLAT, "strip", "lnmo", "particle both", "point wide", "wetting ZnO", "graphite", "whisker", "flagship",
    "voids 3 MPa",
)  # fmt: skip
THEORY, CLOSURE = 0.03, 1e-6
#: Largest difference of a number from the one on the page: relative, and absolute if it is zero.
OLD, ZERO = 0.01, 1e-6


def off_theory(runs: Runs, name: str) -> float:
    """Thickness of a flat layer at the end, over that of Wagner, Deal-Grove, coated or tunnelling growth, less 1."""
    run = runs[name]
    return run.history["Thickness [m]"][-1] / run.resolved["derived"]["planned_thickness"] - 1


def closures(runs: Runs, name: str) -> dict[str, float]:
    """Balance errors at the end of a run, by column; at least one."""
    history = runs[name].history
    found = {column: float(history[column][-1]) for column in history.columns if "closure" in column}
    return found or {"no closure": float("nan")}


def is_old(number: float, recorded: float) -> bool:
    """Whether the page has another number."""
    return not abs(number - recorded) <= max(OLD * abs(recorded), ZERO)


def problems(runs: Runs, numbers: Mapping[str, float], recorded: Mapping[str, float]) -> Iterator[str]:
    """Problems of all runs, as text."""
    for name in FLAT:
        if not abs(off := off_theory(runs, name)) <= THEORY:
            yield f"{name}: thickness is {off:+.1%} off theory"
    for name in CLOSED:
        for column, value in closures(runs, name).items():
            if not abs(value) < CLOSURE:
                yield f"{name}: {column} is {value:g}"
    for key, number in numbers.items():
        if key in recorded and is_old(number, recorded[key]):
            yield f"{key}: {number:g}, the page had {recorded[key]:g}"
