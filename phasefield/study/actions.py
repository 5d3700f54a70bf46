"""The actions of ``phasefield study``; each takes a study and returns text for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from phasefield.errors import RunError
from phasefield.study.folder import Folder, State, counts
from phasefield.study.load import Study
from phasefield.study.runner import Runner, jobs_that_fit, stopping
from phasefield.study.view import View

#: Exit codes of ``--run`` and ``--index``; the last only of ``--index``, if another process runs the member.
DONE, FAILED, UNFINISHED, ELSEWHERE = 0, 3, 75, 4


def listing(study: Study) -> str:
    """A table of the members and their settings."""
    heads = [f"{s.axis.name} [{s.unit}]" if s.unit else s.axis.name for s in study.axes]
    rows = [["", *heads, "member"]]
    for member in study.members:
        settings = [_text(value) for value in member.point.settings.values()]
        rows.append([str(member.index), *settings, member.name])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for *cells, name in rows:
        aligned = (cell.rjust(width) for cell, width in zip(cells, widths, strict=False))
        lines.append("  ".join([*aligned, name]))
    excluded = f"; constraints leave out {study.excluded} combinations" if study.excluded else ""
    ranks = study.deck.ranks
    lines += ["", f"{len(study.members)} members, {ranks} rank{'s' * (ranks > 1)} each{excluded}"]
    return "\n".join(lines)


def _text(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def prepare(study: Study, folder: Folder) -> str:
    """Write the decks of the members."""
    folder.prepare(study)
    return f"{len(study.members)} decks in {folder.path / 'members'}/"


def status(study: Study, folder: Folder) -> str:
    """The states of the members: counts, then every member that is neither done nor waiting."""
    states = [folder.state(member) for member in study.members]
    return "\n".join([f"{folder.path}: {len(states)} members, {counts(states)}", *_unfinished(study, folder, states)])


def _unfinished(study: Study, folder: Folder, states: Sequence[State]) -> list[str]:
    lines = []
    for member, state in zip(study.members, states, strict=True):
        if state.name in ("running", "stopped"):
            lines.append(f"  {member.index:4}  {member.name}  {state.name} at {folder.progress(member):.0%}")
        elif state.name == "failed":
            lines.append(f"  {member.index:4}  {member.name}  failed: {state.reason}")
    return lines


def run(study: Study, folder: Folder, jobs: int | None, launcher: str, retry: bool) -> tuple[str, int]:
    """Run the members that are not done; return the report and the exit code."""
    folder.prepare(study)
    runner = Runner(study, folder, launcher, retry)
    runner.on_change = view = View(study, folder, sum(not runner.is_open(folder.state(m)) for m in study.members))
    with stopping(runner.stop), view.shown():
        runner.run_all(jobs or jobs_that_fit(study))
    states = [folder.state(member) for member in study.members]
    return status(study, folder), exit_code(states)


def run_one(study: Study, folder: Folder, index: int, launcher: str, retry: bool) -> tuple[str, int]:
    """Run the member with a given number, as a task of a job array does; return the report and the exit code.

    Raises
    ------
    RunError
        No member has that number.
    """
    if not 1 <= index <= len(study.members):
        raise RunError(f"{study.source}: has no member {index}, only members 1 to {len(study.members)}")
    folder.prepare(study)
    member = study.members[index - 1]
    runner = Runner(study, folder, launcher, retry, queued=True)
    with stopping(runner.stop):
        state = runner.run(member)
    reason = f": {state.reason}" if state.reason else ""
    code = ELSEWHERE if state.name == "running" else exit_code([state])
    return f"{folder.run(member)} {state.name}{reason}", code


def collect(study: Study, folder: Folder) -> str:
    """Write the table of settings and outcomes."""
    from phasefield.study.collect import write_tables

    folder.prepare(study)
    return "\n".join(map(str, write_tables(study, folder)))


def plot(study: Study, folder: Folder) -> str:
    """Collect the results, then draw the pictures and write the report."""
    from phasefield.postprocess.study_report import write_report

    return "\n".join([collect(study, folder), *map(str, write_report(folder.path))])


def exit_code(states: Sequence[State]) -> int:
    """0 if all members are done, 75 if some can be continued, 3 if the rest have failed."""
    names = {state.name for state in states}
    if names & {"waiting", "running", "stopped"}:
        return UNFINISHED
    return FAILED if "failed" in names else DONE


def folder_of(study: Study, output: Path | None) -> Folder:
    """The directory in which a study is run: ``runs/NAME`` by default."""
    return Folder(output or Path("runs") / study.name)
