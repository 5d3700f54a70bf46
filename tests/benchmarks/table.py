"""From measurements to the table: figure, bar, what each program needs, and whether the bar holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.benchmarks.jobs import (
    Figure,
    Results,
    assembly,
    disagreement,
    memory_per_cell,
    memory_per_rank,
    per_cell,
    start_up,
    step_time,
)
from tests.benchmarks.plan import Plan

#: The program that has to hold the bars.
JUDGED = "compiled"


@dataclass(frozen=True)
class Row:
    """One figure.

    Attributes
    ----------
    name, bar : str
        What it is, with its unit, and its bar as text.
    holds : callable or None
        Of the judged program's median; None where there is no bar.
    measured : dict
        Figures by program.
    """

    name: str
    bar: str
    holds: Callable[[float], bool] | None
    measured: dict[str, Figure | None]

    @property
    def held(self) -> bool | None:
        """Whether the bar holds; None without a bar or a measurement."""
        figure = self.measured.get(JUDGED)
        return None if figure is None or self.holds is None else bool(self.holds(figure.median))


def at_most(limit: float) -> tuple[str, Callable[[float], bool]]:
    """A bar from above."""
    return f"≤ {limit:,g}", lambda value: value <= limit


def at_least(limit: float) -> tuple[str, Callable[[float], bool]]:
    """A bar from below."""
    return f"≥ {limit:,g}", lambda value: value >= limit


NONE: tuple[str, None] = ("", None)


def rows(plan: Plan, results: Results, iterations: dict[str, list[int]]) -> list[Row]:
    """All figures, in the order of the table."""
    return [
        *_speed(plan, results),
        *_against_others(plan, results),
        _newton(iterations),
        *_memory(plan, results),
        *_start(plan, results),
        *_leaks(plan, results),
    ]


def _speed(plan, results):
    for cells in (*plan.planes, *plan.boxes):
        judged = cells == plan.boxes[-1]
        for transport in ("single-ion", "binary"):
            of = {p: results.of(plan.job(p, cells, transport)) for p in plan.programs}
            where = f"{size(cells)} {transport}"
            yield Row(f"assembly and insertion, µs per cell and equation, {where}",
                      *(at_most(0.2) if judged else NONE), {p: assembly(r) for p, r in of.items()})  # fmt: skip
            yield Row(f"one sweep or Newton iteration, µs per cell, {where}",
                      *(at_most(3) if judged and transport == "binary" else NONE),
                      {p: per_cell(r, "newton") for p, r in of.items()})  # fmt: skip
            yield Row(f"whole step, µs per cell, {where}", *NONE, {p: per_cell(r) for p, r in of.items()})


def _against_others(plan, results):
    def times(program, cells, transport="single-ion"):
        return step_time(results.of(plan.job(program, cells, transport)))

    def shared(program, ranks):
        return step_time(results.of(plan.shared_job(program, ranks)), "wall")

    box, plane = plan.boxes[-1], plan.planes[-1]
    for cells, bar in ((box, 10), (plane, 8)):
        plain = times("plain-fipy", cells)
        yield Row(f"whole step against plain FiPy, times faster, {size(cells)}", *at_least(bar),
                  {p: ratio(plain, times(p, cells)) for p in plan.programs})  # fmt: skip
    for cells, transport in ((box, "single-ion"), (box, "binary"), (plane, "single-ion")):
        hand = times("hand-written", cells, transport)
        yield Row(f"whole step against the hand-written program, its time, {size(cells)} {transport}", *at_most(1.3),
                  {p: ratio(times(p, cells, transport), hand) for p in plan.programs})  # fmt: skip
    yield Row(f"2 ranks against 1, times faster by the clock, {size(plan.shared)}", *at_least(1.7),
              {p: ratio(shared(p, 1), shared(p, 2)) for p in plan.fast})


def _newton(iterations):
    name = "Newton iterations per accepted step, shipped decks"
    return Row(name, *at_most(4), {program: Figure.of(counts) for program, counts in iterations.items()})


def _memory(plan, results):
    cells = plan.boxes[-1]
    for transport in ("single-ion", "binary"):
        yield Row(f"memory above start-up, bytes per cell, {size(cells)} {transport}",
                  *(at_most(1200) if transport == "binary" else NONE),
                  {p: memory_per_cell(results.of(plan.job(p, cells, transport))) for p in plan.programs})  # fmt: skip
    jobs = {p: plan.memory_jobs(p) for p in plan.fast}
    alone = {p: memory_per_rank(results.of(series[0])) for p, series in jobs.items()}
    for k, job in enumerate(next(iter(jobs.values()), [])[1:], start=1):
        yield Row(f"memory per rank at {size(plan.per_rank)} cells per rank, {job.ranks} ranks over 1",
                  *at_most(1.05), {p: ratio(memory_per_rank(results.of(series[k])), alone[p])
                                   for p, series in jobs.items()})  # fmt: skip


def _start(plan, results):
    for cold, bar in ((False, 3), (True, 20)):
        yield Row(f"start-up with a {'cold' if cold else 'warm'} cache, CPU s", *at_most(bar),
                  {p: start_up(results.of(plan.start_job(p, cold))) for p in plan.programs})  # fmt: skip


def _leaks(plan, results):
    found = {p: results.of(plan.long_job(p)) for p in plan.fast}
    steps = plan.long_steps
    yield Row(f"memory slope over {steps} steps, bytes per step", *at_most(1000),
              {p: Figure.of([slope(r["rss"]) for r in rs]) for p, rs in found.items()})  # fmt: skip
    yield Row(f"PETSc objects that {steps} steps leave behind", *at_most(0),
              {p: Figure.of([r["rss"]["objects"][-1] - r["rss"]["objects"][0] for r in rs])
               for p, rs in found.items()})  # fmt: skip


def slope(rss: dict) -> float:
    """Least-squares slope of the resident memory over the second half of a run [bytes per step]."""
    values = rss["bytes"][len(rss["bytes"]) // 2 :]
    middle, mean = (len(values) - 1) / 2, sum(values) / len(values)
    squares = sum((k - middle) ** 2 for k in range(len(values)))
    return sum((k - middle) * (v - mean) for k, v in enumerate(values)) / squares / rss["every"]


def ratio(above: Figure | None, below: Figure | None) -> Figure | None:
    """Quotient of two figures, with the range that theirs allow."""
    if above is None or below is None:
        return None
    ends = min(above.values) / max(below.values), max(above.values) / min(below.values)
    return Figure((ends[0], above.median / below.median, ends[1]))


def size(cells: Sequence[int]) -> str:
    """``96³`` or ``32×32×64``."""
    if len(set(cells)) == 1:
        return f"{cells[0]}{'²' if len(cells) == 2 else '³'}"
    return "×".join(map(str, cells))


def agreement(plan: Plan, results: Results) -> list[str]:
    """Largest differences between the programs' fields after three steps, on the same problems."""
    lines = []
    for cells in (*plan.planes, *plan.boxes):
        for transport in ("single-ion", "binary"):
            first = {p: r[0] for p in plan.programs if (r := results.of(plan.job(p, cells, transport)))}
            reference = first.pop("hand-written", None)
            for program, result in first.items() if reference else ():
                gaps = ", ".join(f"{name} {gap:.1e}" for name, gap in disagreement(reference, result).items())
                lines.append(f"{size(cells)} {transport}: {program} and hand-written differ by {gaps}")
    return lines


def markdown(table: Sequence[Row], programs: Sequence[str]) -> str:
    """The table: medians, with the range in brackets where it is not negligible."""
    lines = [f"| figure | bar | {' | '.join(programs)} | held |", "|" + " --- |" * (3 + len(programs))]
    verdicts = {True: "yes", False: "**no**", None: ""}
    for row in table:
        if any(row.measured.values()):
            cells = [str(row.measured.get(p) or "") for p in programs]
            missing = row.holds is not None and row.measured.get(JUDGED) is None
            lines.append(f"| {row.name} | {row.bar} | {' | '.join(cells)} | "
                         f"{'not there' if missing else verdicts[row.held]} |")  # fmt: skip
    return "\n".join(lines)


def as_json(table: Sequence[Row]) -> list[dict]:
    """The same as data: every value that was measured."""
    return [
        {"figure": row.name, "bar": row.bar, "held": row.held,
         "measured": {p: list(f.values) for p, f in row.measured.items() if f}}
        for row in table
    ]  # fmt: skip


