"""Small decks of every model, about twenty steps each, and runs cut off in the middle."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest import mock

import numpy as np

from phasefield.engines.compiled.engine import CompiledEngine
from phasefield.engines.compiled.split import SplitEngine
from phasefield.engines.compiled.split.kernels import Kernels
from phasefield.engines.fipy import FipyEngine
from phasefield.engines.stepping import NewtonEngine
from phasefield.engines.verdict import Verdict
from phasefield.io import lock
from phasefield.io.rundir import FIELDS, HISTORY, STATUS, open_run
from phasefield.run.time_loop import Controller
from tests.parallel.decks import LIQUID, RIPPLE, TALL
from tests.verification.two_fronts import DECK as PLATING_INTERPHASE
from tests.verification.two_fronts import PLATE, growth

INPUTS = Path(__file__).parents[2] / "inputs"

#: A product whose layer is as thick as its electrons allow.
PRODUCT = growth(100.0, 100.0)

#: A checkpoint after every step, none of them removed.
ALWAYS = ("checkpoint.every=1e-15 s", "checkpoint.keep=1000")

#: Text of a deck, and overrides that make it small.
MODELS = {
    "plating": (RIPPLE, ("domain.cells=[15, 24]", "interface.width=3 um", "time.max_step=0.4 s")),
    "plating, liquid": (RIPPLE, (*LIQUID, "domain.cells=[15, 24]", "interface.width=3 um", "time.max_step=0.2 s",
                                 "time.initial_step=0.2 s", "output.snapshots=4", "solver.closure=1e-3")),
    "plating, tall": (RIPPLE, (*TALL, "domain.cells=[15, 90]", "interface.width=3 um", "domain.grading.start=16 um",
                               "time.max_step=0.4 s")),
    "interphase": (
        (INPUTS / "interphase_coated.toml").read_text(),
        ("domain.cells=[54, 27]", "interface.width=10 nm", "layer.height=10 nm", "stop.time=20 s", "time.max_step=1 s",
         "output.snapshots=4"),
    ),
    "interphase, coating consumed": (
        (INPUTS / "interphase_coating_consumed.toml").read_text(),
        ("domain.cells=[24, 30]", "domain.size=['96 nm', '60 nm']", "stop.time=2 min", "time.max_step=10 s",
         "output.snapshots=4"),
    ),
    "interphase, stress": (
        (INPUTS / "interphase_stress.toml").read_text(),
        ("domain.cells=[36, 24]", "interface.width=16 nm", "layer.height=16 nm", "coating.thickness=12 nm",
         "stop.time=20 s", "time.max_step=1 s", "output.snapshots=4"),
    ),
    "interphase, cracks": (
        (INPUTS / "interphase_crack.toml").read_text(),
        ("domain.cells=[81, 32]", "interface.width=110 nm", "mechanics.cracks.strength=0.68 GPa", "layer.height=330 nm",
         "stop.thickness=", "stop.time=20 s", "time.max_step=1 s", "output.snapshots=4"),
    ),
    "plating, stress": (
        (INPUTS / "plating_polymer.toml").read_text(),
        ("domain.cell_size=1 um", "interface.width=4 um", "stop.time=20 min", "time.max_step=1 min",
         "output.snapshots=4"),
    ),
    "contact": (
        (INPUTS / "contact_point.toml").read_text(),
        ("domain.cells=[8, 12]", "contact.layer_rise=100 ohm cm^2", "stop.time=20 min", "time.max_step=1 min",
         "output.snapshots=4"),
    ),
    "plating-interphase": (
        PLATING_INTERPHASE.format(top=30, cells=60, width=2, onset=2.7, electronic=PRODUCT.electronic,
                          reaction=PRODUCT.reaction, height=6, layer=4, drive=PLATE, time=1.0),
        ("time.max_step=0.05 s", "output.snapshots=4"),
    ),
    "crack": (
        (INPUTS / "crack_llzo.toml").read_text(),
        ("domain.cells=[31, 25]", "domain.size=['62 um', '50 um']", "electrolyte.strength=330 MPa", "stop.time=12 s",
         "stop.crack_length=", "output.snapshots=4"),
    ),
    "crack, dry": (
        (INPUTS / "crack_dry.toml").read_text(),
        ("domain.cells=[31, 25]", "domain.size=['62 um', '50 um']", "electrolyte.strength=330 MPa", "stop.time=9 s",
         "stop.crack_length=", "output.snapshots=4"),
    ),
    "voids": (
        (INPUTS / "void_cycle.toml").read_text(),
        ("domain.cells=[20, 10]", "drive.cycles=1", "output.snapshots=4",
         "drive.steps=[{mode='galvanostatic', current_density='-0.5 mA/cm^2', duration='1 h'},"
         " {mode='galvanostatic', current_density='0.5 mA/cm^2', duration='1 h'}]"),
    ),
    "breathing": (
        (INPUTS / "contact_breathing.toml").read_text(),
        ("drive.cycles=1", "output.snapshots=4", "mechanics.pressure=50 MPa", "time.tolerance=0.02"),
    ),
    "wetting": (
        (INPUTS / "wetting_lithiophilic.toml").read_text(),
        ("domain.cell_size=50 nm", "domain.size=['0.9 um', '1 um']", "interface.width=190 nm", "layer.thickness=300 nm",
         "stop.time=40 s", "time.max_step=2 s", "output.snapshots=4"),
    ),
}  # fmt: skip


def cut(run: Path, step: int, to: Path) -> Path:
    """A copy of a finished run as it would be, had it been killed at its end, with no checkpoint after a step."""
    shutil.copytree(run, to)
    for entry in (to / "checkpoints").iterdir():
        if int(entry.name) > step:
            shutil.rmtree(entry)
    (to / STATUS).write_text(json.dumps({"state": "running", "reason": "", "time": 0.0, "steps": 0}))
    return to


def rows(run: Path) -> list[str]:
    """Lines of the history, as text, without the last column: the wall time."""
    return [line.rpartition(",")[0] for line in (run / HISTORY).read_text().splitlines()]


def differences(one: Path, other: Path) -> list[str]:
    """What of the output of two runs is not the same bit for bit."""
    found = [f"{HISTORY}: {a} | {b}" for a, b in zip(rows(one), rows(other), strict=False) if a != b]
    if len(rows(one)) != len(rows(other)):
        found.append(f"{HISTORY}: {len(rows(one))} | {len(rows(other))} lines")
    a, b = open_run(one), open_run(other)
    if not np.array_equal(a.times, b.times):
        return [*found, f"{FIELDS}: {a.times} | {b.times}"]
    for k in range(len(a.times)):
        before, after = a.snapshot(k).fields, b.snapshot(k).fields
        found += [f"{FIELDS}: {name} {k}" for name in before if not np.array_equal(before[name], after[name])]
    return found


def interrupt(monkeypatch, at, action):
    """Do something in Newton's iteration or a split step's solve of some number, once, whichever engine runs."""
    tries = []

    def interrupted(original):
        def solve(*arguments):
            tries.append(1)
            if len(tries) == at:
                action()
            return original(*arguments)

        return solve

    for owner, name in ((FipyEngine, "_solve_once"), (CompiledEngine, "_solve_once"), (Kernels, "solve")):
        monkeypatch.setattr(owner, name, interrupted(getattr(owner, name)))


def free_after(run: Path, longest: float = 30.0) -> float:
    """Seconds until no process has a run any more: ranks may outlive their launcher by a moment."""
    begun = time.monotonic()
    while lock.is_held(run) and time.monotonic() - begun < longest:
        time.sleep(0.05)
    return time.monotonic() - begun


@contextmanager
def distrusted() -> Iterator[None]:
    """While it lasts, every third try of a step is rejected, and tried again with the same time step."""
    rejected, tries, ours = Controller.rejected, [], []

    def distrusting(step):
        def distrust(self, dt):
            tries.append(dt)
            verdict = step(self, dt)
            if len(tries) % 3 or not verdict.accepted:
                return verdict
            ours.append(dt)
            return Verdict(False, "not trusted")

        return distrust

    def forgive(self, dt):
        return ours.pop() if ours else rejected(self, dt)

    with ExitStack() as changed:
        for kind in (NewtonEngine, SplitEngine):
            changed.enter_context(mock.patch.object(kind, "step", distrusting(kind.step)))
        changed.enter_context(mock.patch.object(Controller, "rejected", forgive))
        yield


def differences_but_rejections(one: Path, other: Path) -> list[str]:
    """What of two runs is not the same, but for the number of rejected steps."""
    a, b = open_run(one), open_run(other)
    heads = set(a.history.columns) - {"Wall time [s]", "Rejected steps [1]"}
    found = [head for head in sorted(heads) if not np.array_equal(a.history[head], b.history[head], equal_nan=True)]
    return found + [line for line in differences(one, other) if line.startswith(FIELDS)]
