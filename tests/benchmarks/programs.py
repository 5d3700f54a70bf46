"""The programs that are compared, behind one small interface: ``step(dt)``, ``assemble()``, ``gather(name)``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from phasefield.engines.factory import split_engine
from phasefield.engines.fipy import FipyEngine
from phasefield.engines.solver import CoupledSolver
from tests.benchmarks.problem import Problem


class Marching:
    """One of phasefield's engines, stepped without deck, time control or output.

    Parameters
    ----------
    problem : Problem
    kind : type
        Of the engine.
    profile : str
    """

    def __init__(self, problem: Problem, kind: Callable[..., Any], profile: str = "default"):
        case = problem.case
        self.engine = kind(case.model, problem.cells, case.spacing, profile)
        case.begin(0, self.engine)

    def step(self, dt: float) -> dict:
        """Advance by one step; Newton and Krylov iterations that it took."""
        verdict = self.engine.step(dt)
        if not verdict.accepted:
            raise RuntimeError(f"step rejected: {verdict.reason}")
        self.engine.accept()
        return {"newton": verdict.newton, "linear": verdict.linear}

    def gather(self, name: str):
        """A field of the whole grid on rank 0, axes (last, …, x); None elsewhere."""
        return self.engine.grid.whole(self.engine.owned(name))


class Engine(Marching):
    """The same for an engine that solves all equations in each of Newton's iterations."""

    def assemble(self) -> None:
        """Write matrix and right-hand side, as each Newton iteration does."""
        engine = self.engine
        if isinstance(engine, FipyEngine):
            engine.show()  # else FiPy keeps the coefficients
            solver = CoupledSolver(engine.elliptic, engine.profile)
            engine.system._prepareLinearSystem(None, solver, (), float(engine.dt.value))
        else:
            engine.assemble()


def _hand_written(problem, profile="default"):
    from tests.benchmarks.hand_written import HandWritten

    return HandWritten(problem, profile)


def _plain_fipy(problem, profile="default"):
    if profile != "default":
        raise ValueError("plain FiPy has one profile")
    from tests.benchmarks.plain_fipy import PlainFipy

    return PlainFipy(problem)


def engine_of(program: str) -> Callable[..., Any]:
    """One of phasefield's engines, by its program's name."""
    if program == "fipy":
        return FipyEngine
    from phasefield.engines.compiled.engine import CompiledEngine  # here, or it were part of others' start-up

    return CompiledEngine


def _split(problem, profile="default"):
    return Marching(problem, split_engine(), profile)


#: Made of a problem and, but for plain FiPy, a solver profile.
PROGRAMS: dict[str, Callable[..., Any]] = {
    "compiled": lambda problem, profile="default": Engine(problem, engine_of("compiled"), profile),
    "split": _split,
    "fipy": lambda problem, profile="default": Engine(problem, FipyEngine, profile),
    "hand-written": _hand_written,
    "plain-fipy": _plain_fipy,
}
