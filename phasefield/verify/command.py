"""Run cases one after the other, and write their page."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from phasefield import parallel
from phasefield.errors import RunError
from phasefield.verify import outcome, page
from phasefield.verify.case import Case
from phasefield.verify.jobs import side_by_side
from phasefield.verify.outcome import Outcome


def verify(
    cases: Sequence[Case], folder: Path, command: str, tell: Callable[[str], None], jobs: int = 1
) -> list[Outcome]:
    """Run cases, and write ``verify.md``, ``verify.html`` and ``verify.json`` after each, so that none is lost.

    Parameters
    ----------
    cases : sequence of Case
    folder : Path
        For the page; the runs are in ``runs`` in it.
    command : str
        What the page says made it.
    tell : callable
        Takes a line about each case.
    jobs : int
        Number of cases that run at the same time, each in a process of its own if there are several.

    Returns
    -------
    list of Outcome

    Raises
    ------
    RunError
        Several ranks were started, or the page cannot be written.
    """
    if parallel.comm().size > 1:
        raise RunError("verify runs on one rank; start it without mpirun", code="wrong-launcher")
    with _writing(folder):
        folders = [_emptied(folder / "runs" / case.name) for case in cases]
    ended = side_by_side(cases, folders, jobs) if jobs > 1 else map(outcome.run, cases, folders)
    found: dict[str, Outcome] = {}
    for last in ended:
        found[last.case.name] = last
        ordered = [found[case.name] for case in cases if case.name in found]
        with _writing(folder):
            for name, text in (("md", page.markdown), ("html", page.html), ("json", page.data)):
                (folder / f"verify.{name}").write_text(text(ordered, command), encoding="utf-8")
        off = ", ".join(f"{100 * row.deviation:+.2f} %" for row in last.rows) or last.failure
        tell(f"{last.case.name:28}{'held' if last.held else 'MISSED':8}{last.cost:7.1f} s of CPU time   {off}")
    tell(f"{folder / 'verify.md'}, .html, .json")
    return ordered


def _emptied(folder: Path) -> Path:
    """A folder for the runs of a case, without those of an earlier time; of others nothing is removed."""
    if folder.exists():
        if not (folder / outcome.LOG).is_file():
            raise RunError(f"{folder}: was not made by verify, so it is not replaced", code="foreign-files")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RunError(f"{folder}: cannot be written ({error.strerror or error})", code="unwritable") from None
