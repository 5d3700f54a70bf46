"""Restarts: the same bits on as many ranks, 1e-10 on others; and steps that are done twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from phasefield.io.rundir import open_run
from phasefield.run import runner
from tests.reliability.restarts import ALWAYS, MODELS, cut, differences, differences_but_rejections, distrusted
from tests.soak.jobs import RESTART, RUN, job, require

STEPS = (1, 7, 10, 19)
ENGINES = ("compiled", "fipy")


def restarts_alone(folder: Path) -> Iterator[str]:
    """Every model on both engines."""
    for engine in ENGINES:
        for name, (text, overrides) in MODELS.items():
            deck = folder / "deck.toml"
            deck.write_text(text)
            whole = folder / f"{engine} {name}"
            runner.run(deck, whole, overrides=(*overrides, *ALWAYS, f"solver.engine={engine}"))
            for step in STEPS:
                part = cut(whole, step, folder / f"{engine} {name} {step}")
                runner.restart(part)
                yield "; ".join(differences(whole, part)[:3])


def redone(folder: Path) -> Iterator[str]:
    """Every third step is distrusted and done again, with the same time step, in every model on both engines."""
    for engine in ENGINES:
        for name, (text, overrides) in MODELS.items():
            deck = folder / "deck.toml"
            deck.write_text(text)
            plain, twice = folder / f"{engine} {name}", folder / f"{engine} {name} twice"
            runner.run(deck, plain, overrides=(*overrides, f"solver.engine={engine}"))
            with distrusted():
                run = runner.run(deck, twice, overrides=(*overrides, f"solver.engine={engine}"))
            few = [] if run.manifest["rejected steps"] >= 5 else ["hardly a step was done twice"]
            yield "; ".join([*few, *differences_but_rejections(plain, twice)][:3])


def restarts_together(folder: Path) -> Iterator[str]:
    """Every model on two ranks."""
    for name, (text, overrides) in MODELS.items():
        whole = folder / name
        (folder / "deck.toml").write_text(text)
        require(job(2, ["-c", RUN, folder / "deck.toml", whole, *overrides, *ALWAYS]))
        parts = [cut(whole, step, folder / f"{name} {step}") for step in STEPS]
        require(job(2, ["-c", RESTART, *parts]))
        for part in parts:
            yield "; ".join(differences(whole, part)[:3])


def other_ranks(folder: Path) -> Iterator[str]:
    """From 1 to 2, 2 to 1 and 2 to 3 ranks in the strict profile: last fields to 1e-10."""
    for name, (text, overrides) in MODELS.items():
        (folder / "deck.toml").write_text(text)
        for before, after in ((1, 2), (2, 1), (2, 3)):
            whole = folder / f"{name} {before}"
            if not whole.exists():
                strict = (*overrides, *ALWAYS, "solver.profile=strict")
                require(job(before, ["-c", RUN, folder / "deck.toml", whole, *strict]))
            part = cut(whole, 10, folder / f"{name} {before} {after}")
            require(job(after, ["-c", RESTART, part]))
            one, other = open_run(whole).snapshot(-1).fields, open_run(part).snapshot(-1).fields
            gaps = {f: np.max(np.abs(one[f] - other[f])) / (np.max(np.abs(one[f])) or 1.0) for f in one}
            yield "; ".join(f"{name}: {f} {gap:.1e}" for f, gap in gaps.items() if not gap <= 1e-10)
