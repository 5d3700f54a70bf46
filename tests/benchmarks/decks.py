"""Newton iterations of the shipped decks, step by step: ``python -m tests.benchmarks.decks PROGRAM STEPS DECK...``."""

from __future__ import annotations

import json
import os
import sys

os.environ.setdefault("FIPY_SOLVERS", "petsc")  # before FiPy is first imported

from phasefield.deck import load_deck
from phasefield.physics.registry import build
from phasefield.run.time_loop import Controller, Progress, march
from tests.benchmarks.programs import engine_of


def main(program: str, steps: int, decks: list[str]) -> None:
    """Print each deck's iterations, together as one line of JSON."""
    print("JSON " + json.dumps({deck: iterations(program, steps, deck) for deck in decks}))


def iterations(program: str, steps: int, path: str) -> list[int]:
    """Newton iterations of each of the first accepted steps of a deck, its own time control in force."""
    deck = load_deck(path)
    case = build(deck)
    engine = engine_of(program)(
        case.model,
        deck.domain.shape,
        case.spacing,
        deck.solver.profile,
        max_newton=deck.solver.max_newton,
        order=deck.order,
    )
    controller = Controller(dt=1.0, tolerance=deck.time.tolerance, largest=case.largest_step)
    counts: list[int] = []

    coming = iter(range(len(case.ends)))

    def switch(now: float) -> None:
        if (index := next(coming, None)) is not None:
            controller.dt = case.begin(index, engine)

    def watch(progress: Progress) -> str | None:
        if progress.step:
            counts.append(progress.verdict.newton)
        return "enough" if progress.step == steps else None

    switch(0.0)
    engine.initialise(controller.dt)
    march(engine, controller, sorted(case.ends), [watch], deck.solver.max_rejections, on_stop=switch)
    return counts


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
