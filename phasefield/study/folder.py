"""The directory of a study: the decks of its members, their runs, and the state of each.

::

    runs/NAME/
      study.toml  study.json                the study, and its members after expansion
      MEMBER/                               run directories
      members/MEMBER.toml  .log  .ended     deck, output of the run, end of its last attempt
      table.csv  table.parquet  pictures/  report.html
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from phasefield.deck import deck_text
from phasefield.deck.renamed import renamed
from phasefield.errors import RunError
from phasefield.io import safe
from phasefield.io.record import read_record
from phasefield.io.rundir import Run, open_run
from phasefield.study.load import Member, Study, same_values
from phasefield.study.lock import is_held

STUDY, DESCRIPTION, MEMBERS = "study.toml", "study.json", "members"

StateName = Literal["waiting", "running", "stopped", "done", "failed"]
STATES: tuple[StateName, ...] = get_args(StateName)
#: Number of names at the end of a path in ``members`` that must not be links: see `phasefield.io.safe`.
DEPTH = 2


@dataclass(frozen=True)
class State:
    """State of a member.

    Attributes
    ----------
    name : str
        One of `STATES`; the next ``--run`` continues stopped members, ``--retry`` also failed ones.
    reason : str
        Why the member is in this state.
    """

    name: StateName
    reason: str = ""


@dataclass(frozen=True)
class Folder:
    """The directory of a study and the paths in it.

    Attributes
    ----------
    path : Path
    """

    path: Path

    def run(self, member: Member) -> Path:
        """Run directory of a member."""
        return self.path / member.name

    def file(self, member: Member, ending: str) -> Path:
        """Path of a member's file in ``members/``, given its suffix."""
        return self.path / MEMBERS / f"{member.name}.{ending}"

    def lock(self, member: Member) -> Path:
        """Path of a member's lock; see :mod:`phasefield.study.lock`."""
        return self.file(member, "lock")

    def prepare(self, study: Study) -> None:
        """Write the decks of all members, so that each can be inspected, checked, or run by hand.

        Raises
        ------
        RunError
            They cannot be written, or the directory is a link to another place.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            safe.make_directory(self.path / MEMBERS)
            for member in study.members:
                _refuse_link(self.run(member))
                deck = self.file(member, "toml")
                if not safe.is_plain(deck, DEPTH):
                    text = deck_text(study.base, member.point.overrides)
                    safe.replace(deck, text.encode(), DEPTH, lasting=False)
            text = json.dumps(description(study), indent=1, ensure_ascii=False) + "\n"
            safe.replace(self.path / STUDY, study.text.encode(), lasting=False)
            safe.replace(self.path / DESCRIPTION, text.encode(), lasting=False)
        except OSError as error:
            raise RunError(
                f"{self.path}: cannot write the study ({error.strerror or error})", code="unwritable"
            ) from None

    def finished(self, member: Member) -> Run | None:
        """The member's run, if it is done."""
        run = self._present(member)
        return run if run is not None and _status(run).get("state") == "done" else None

    def state(self, member: Member, ours: bool = False) -> State:
        """Present state of a member, from its files; `ours` is true if the caller holds the member's lock."""
        if self.finished(member):
            return State("done")
        if not ours and is_held(self.lock(member)):
            return State("running", "by another runner")
        try:
            if ended := self.ended(member):
                return State(ended["state"], ended["reason"])
        except RunError as error:
            return State("failed", str(error))
        if self._present(member) is not None:
            return State("stopped", "its runner was ended")
        return State("waiting")

    def ended(self, member: Member) -> dict[str, Any]:
        """How the last attempt ended, if it gave no result; empty if no attempt was made.

        Raises
        ------
        RunError
            The file that records the end is damaged.
        """
        path = self.file(member, "ended")
        if not os.path.lexists(path):
            return {}
        found = read_record(path, DEPTH)
        if found["hash"] != member.hash:
            return {}
        if found["state"] not in STATES or not isinstance(found["reason"], str):
            raise RunError(f"{path}: not what a study writes")
        return found

    def note_end(self, member: Member, state: State, code: int) -> None:
        """Record how an attempt ended."""
        note = {"state": state.name, "reason": state.reason, "exit code": code, "hash": member.hash}
        safe.replace(self.file(member, "ended"), (json.dumps(note) + "\n").encode(), DEPTH)

    def forget_end(self, member: Member) -> None:
        """Remove the record of a failed attempt, so that the member can be run again."""
        safe.remove(self.file(member, "ended"), DEPTH)

    def steps(self, member: Member) -> int:
        """Number of time steps that a member has completed."""
        run = self._present(member)
        with suppress(RunError):
            return run.history.rows if run is not None else 0
        return 0

    def progress(self, member: Member) -> float:
        """Fraction of the planned time that a member has simulated, 0 to 1."""
        with suppress(RunError, LookupError, TypeError, ValueError, ZeroDivisionError):
            run = open_run(self.run(member))
            return min(1.0, float(run.history["Time [s]"][-1]) / run.resolved["derived"]["planned_time"])
        return 0.0

    def _present(self, member: Member) -> Run | None:
        """The run in a member's directory, if it was made from the member's deck."""
        try:
            run = open_run(self.run(member))
            return run if same_values(renamed(run.resolved["deck"]), member.deck.resolved()) else None
        except (RunError, LookupError, TypeError, ValueError, AttributeError):
            return None


def _status(run: Run) -> dict[str, Any]:
    try:
        return run.status
    except RunError:
        return {}


def description(study: Study) -> dict[str, Any]:
    """The description of a study for readers of its directory, as JSON."""
    axes = [
        {
            "name": scaled.axis.name,
            "key": scaled.axis.key,
            "unit": scaled.unit,
            "scale": scaled.axis.scale,
            "sampled": scaled.axis.sampled,
            "replicate": scaled.axis.replicate,
            "ends": list(scaled.ends()) if scaled.axis.sampled else None,
        }
        for scaled in study.axes
    ]
    members = [
        {"index": m.index, "name": m.name, "hash": m.hash, "sample": m.point.sample, "settings": m.point.settings}
        for m in study.members
    ]
    return {
        "title": study.deck.title or study.name,
        "model": study.members[0].deck.model,
        "axes": axes,
        "sampling": study.deck.sampling.model_dump() if study.deck.sampling else None,
        "outcomes": [outcome.model_dump() for outcome in study.deck.outcomes],
        "excluded": study.excluded,
        "members": members,
    }


def counts(states: Sequence[State]) -> str:
    """The number of members in each state, as text."""
    names = [state.name for state in states]
    return ", ".join(f"{names.count(name)} {name}" for name in STATES if name in names)


def _refuse_link(path: Path) -> None:
    if path.is_symlink():
        raise RunError(f"{path}: is a symbolic link; a study writes only into its own directory", code="foreign-files")
