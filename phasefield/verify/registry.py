"""All cases, in the order of the page."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module

from phasefield.errors import RunError
from phasefield.verify.case import Case

#: Files of phasefield/verify/cases; each has a tuple CASES.
FILES = ("flat_cell", "salt", "ripple", "interphase", "separation", "dendrite", "manufactured", "nucleation",
         "published")  # fmt: skip


def cases() -> list[Case]:
    """Every case, the long ones too."""
    return [case for name in FILES for case in import_module(f"phasefield.verify.cases.{name}").CASES]


def chosen(names: Sequence[str] = (), full: bool = False) -> list[Case]:
    """Cases to run.

    Parameters
    ----------
    names : sequence of str
        Only these, also if they are long; without names, all short ones.
    full : bool
        Also the long ones.

    Raises
    ------
    RunError
        There is no such case; the message has the nearest name.
    """
    known = {case.name: case for case in cases()}
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0.0)
            raise RunError(
                f"there is no case '{name}'; did you mean '{near[0]}'? `phasefield verify --list` shows all",
                code="unknown-name",
            )
    if names:
        return [known[name] for name in dict.fromkeys(names)]
    return [case for case in known.values() if full or not case.full]
