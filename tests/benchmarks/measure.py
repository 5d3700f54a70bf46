"""One program on one problem in this process: ``python -m tests.benchmarks.measure PROGRAM --cells 32,32,32``.

Prints one line of JSON from rank 0. Everything is measured after a small problem was solved once, so that imports,
compilers and caches count as start-up.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

#: Cells of the small problem, along each axis.
SMALL = 16
#: As `phasefield.engines.compiled.linear` calls it, which other programs should not import.
RENEWAL, SOLUTION = "PhasefieldRenew", "PhasefieldSolve"
#: Steps after which the fields are sampled, for comparison between programs.
SAMPLED = 3


def main() -> None:
    options = _options()
    from mpi4py import MPI
    from petsc4py import PETSc

    from tests.benchmarks.problem import Problem
    from tests.benchmarks.programs import PROGRAMS

    PETSc.Log.begin()
    halos, gathers, reduced, ghosts = _count_halos(), _count_gathers(), _count_reductions(), _count_ghosts()
    comm, make = MPI.COMM_WORLD, PROGRAMS[options.program]
    cells = tuple(int(n) for n in options.cells.split(","))
    small = Problem.of((*(SMALL,) * (len(cells) - 1), SMALL * comm.size), options.transport)  # as much on each rank
    make(small).step(small.dt)
    started = {"cpu": time.process_time(), "wall": time.time() - _process_start()}
    before = _memory("VmHWM")

    problem = Problem.of(cells, options.transport)
    clock = Clock()
    program = make(problem, options.profile)
    built = clock.lap()
    built_memory = _memory("VmHWM")
    dt = problem.dt * options.shorter
    steps, rss, sample, kept = [], [], {}, []
    last = options.warm_up + options.steps
    for k in range(1, last + 1):
        if k == options.warm_up + 1:
            before_log, after_log = (traffic(_log(comm)) for _ in range(2))
            before_gathers, before_reduced, before_ghosts = gathers.copy(), reduced.copy(), ghosts.copy()
        comm.barrier()
        clock = Clock()
        events = _events()
        counts = program.step(dt)
        steps.append(counts | clock.lap() | {name: t - events[name] for name, t in _events().items()})
        if k == min(SAMPLED, last) and not options.no_fields:
            sample = {name: _sample(program.gather(name)) for name in problem.names}
        if k % options.every == 0:
            rss.append(_memory("VmRSS"))
            kept.append(objects(_log(comm)))
    sent = traffic(_log(comm))  # a log counts what the one before it sent
    sent = {key: value - 2 * after_log[key] + before_log[key] for key, value in sent.items()}
    sent["reductions"] += float(reduced[0] - before_reduced[0])
    for key, more in zip(("messages", "bytes"), comm.allreduce(ghosts - before_ghosts).tolist(), strict=True):
        sent[key] += more
    sent |= dict(zip(("gathers", "gathered"), (gathers - before_gathers).tolist(), strict=True))
    peak = _memory("VmHWM")
    assembly = _assembly(program, problem, options.assemblies)
    result = {
        "program": options.program, "transport": options.transport, "cells": cells, "ranks": comm.size,
        "profile": options.profile, "fields": len(problem.names), "dt": dt, "start-up": started, "build": built,
        "steps": steps[options.warm_up :], "first steps": steps[: options.warm_up],
        "assembly": assembly, "sample": sample,
        "memory": comm.gather({"start": before, "built": built_memory, "peak": peak}),
        "traffic": sent, "halos": comm.allreduce(halos).tolist(),
        "rss": {"every": options.every, "bytes": rss, "objects": kept},
    }  # fmt: skip
    if comm.rank == 0:
        print("JSON " + json.dumps(result), flush=True)


def _count_halos() -> np.ndarray:
    """Messages and bytes that this rank's multigrids send from now on; persistent requests, which no log counts."""
    from phasefield.engines.compiled.multigrid import halo

    sent, original = np.zeros(2), halo._Messages.send

    def send(self):
        sent[:] += len(self.out_pieces), self.out.nbytes
        original(self)

    halo._Messages.send = send
    return sent


def _count_ghosts() -> np.ndarray:
    """Messages and bytes that this rank sends from now on for ghost cells of fields; mpi4py's, which no log counts."""
    from phasefield.engines.ghosts import Ghosts

    sent, original = np.zeros(2), Ghosts._send

    def send(self, layers, there, axis):
        sent[:] += 1, layers.nbytes
        return original(self, layers, there, axis)

    Ghosts._send = send
    return sent


def _count_gathers() -> np.ndarray:
    """Coarse grids that this rank's multigrids gather from now on, and their bytes; mpi4py's, which no log counts."""
    from phasefield.engines.compiled.multigrid.gathering import Gathering

    gathered, original = np.zeros(2), Gathering._all

    def everything(self, values):
        whole = original(self, values)
        gathered[:] += 1, whole.nbytes
        return whole

    Gathering._all = everything
    return gathered


def _count_reductions() -> np.ndarray:
    """Reductions of this rank's own linear solvers from now on, which no log counts."""
    from phasefield.engines.compiled.gmres import Gmres

    reduced, original = np.zeros(1), Gmres._products

    def counted(self, *vectors):
        reduced[0] += 1
        return original(self, *vectors)

    Gmres._products = counted
    return reduced


class Clock:
    """CPU and wall time since its making, of this rank."""

    def __init__(self):
        self.cpu, self.wall = time.process_time(), time.perf_counter()

    def lap(self) -> dict[str, float]:
        """Seconds so far."""
        return {"cpu": time.process_time() - self.cpu, "wall": time.perf_counter() - self.wall}


def _options():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--cells", required=True, help="along each axis, height last: 32,32,32")
    parser.add_argument("--transport", default="single-ion", choices=["single-ion", "binary"])
    parser.add_argument("--profile", default="default")
    parser.add_argument("--steps", type=int, default=5, help="timed steps")
    parser.add_argument("--warm-up", type=int, default=2, help="steps before; the first two extrapolate from guesses")
    parser.add_argument("--shorter", type=float, default=1.0, help="factor on the time step")
    parser.add_argument("--assemblies", type=int, default=5, help="timed assemblies; 0 for none")
    parser.add_argument("--every", type=int, default=10**9, help="steps between samples of memory and objects")
    parser.add_argument("--no-fields", action="store_true", help="gather no fields")
    return parser.parse_args()


def _events() -> dict[str, float]:
    """Wall time so far in PETSc's solvers, and of it in set-ups.

    PETSc's own are part of its solves; the compiled engine's multigrids are made before.
    """
    from petsc4py import PETSc

    names = "KSPSolve", SOLUTION, "PCSetUp", RENEWAL
    solve, own, setup, renewal = (PETSc.Log.Event(name).getPerfInfo()["time"] for name in names)
    return {"solve": solve + own + renewal, "setup": setup + renewal}


def _assembly(program, problem, repeats) -> list[float]:
    """CPU seconds of each of some assemblies; none if the program cannot tell."""
    if not hasattr(program, "assemble"):
        return []
    seconds = []
    for _ in range(repeats):
        clock = Clock()
        program.assemble()
        seconds.append(clock.lap()["cpu"])
    return seconds


def _sample(field) -> list[float]:
    """Up to a thousand values, evenly spread over the cells."""
    if field is None:
        return []
    values = np.asarray(field).ravel()
    return values[:: max(1, values.size // 1000)].tolist()


def _memory(key: str) -> int:
    """A line of /proc/self/status [bytes]: VmHWM is the peak, VmRSS the present."""
    found = re.search(rf"{key}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    if found is None:
        raise RuntimeError(f"/proc/self/status has no {key}")
    return 1024 * int(found[1])


def _process_start() -> float:
    """When this process began, in seconds of the epoch."""
    ticks = int(Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()[19])
    uptime = float(Path("/proc/uptime").read_text().split()[0])
    return time.time() - uptime + ticks / os.sysconf("SC_CLK_TCK")


def _log(comm) -> str:
    """PETSc's log so far, as -log_view prints it. Collective."""
    from petsc4py import PETSc

    with tempfile.TemporaryDirectory() as folder:
        path = comm.bcast(str(Path(folder) / "log.txt"))
        viewer = PETSc.Viewer().createASCII(path)
        PETSc.Log.view(viewer)
        viewer.destroy()
        text = comm.bcast(Path(path).read_text() if comm.rank == 0 else None)
        comm.barrier()
    return text


def objects(log: str) -> int:
    """PETSc objects that are alive, from rank 0's table of a log."""
    table = log.partition("Object Type")[2].partition("=====")[0]
    rows = re.findall(r"^\s*\D+?\s+(\d+)\s+(\d+)\s*$", table, re.MULTILINE)
    return sum(int(made) - int(gone) for made, gone in rows)


def traffic(log: str) -> dict[str, float]:
    """Messages and bytes of all ranks and reductions of one, in a log; hypre's own are not among them."""
    total = re.compile(r"(?:\S+\s+){3}(\S+)")

    def line(head):
        return re.search(rf"^{re.escape(head)}:?\s+(.*)$", log, re.MULTILINE)[1]

    return {
        "messages": float(total.match(line("MPI Msg Count"))[1]),
        "bytes": float(total.match(line("MPI Msg Len (bytes)"))[1]),
        "reductions": float(line("MPI Reductions").split()[0]),
    }


if __name__ == "__main__":
    sys.exit(main())
