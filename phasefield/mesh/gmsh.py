"""Gmsh as an external program: it turns a geometry into a text of triangles in MSH version 2.

A geometry comes with a deck and is not trusted. Gmsh does not read it: it gets commands that
:mod:`phasefield.mesh.geometry` writes from it, and runs in a process that can write only in a temporary directory
(:mod:`phasefield.mesh.confined`).
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from phasefield.errors import Code, PhasefieldError
from phasefield.mesh import confined, geometry
from phasefield.mesh.msh import MOST_BYTES

#: Longest time that Gmsh may take [s].
LONGEST = 600
#: Signals by which the system ends a program that exceeds a limit.
_AT_A_BOUND = (signal.SIGXCPU, signal.SIGXFSZ, signal.SIGKILL)


def find_gmsh() -> tuple[str, str | None]:
    """Search path of programs, with this interpreter's directory first; and the path of Gmsh, if it is found."""
    places = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")])
    return places, shutil.which("gmsh", path=places)


def mesh_text(path) -> str:
    """Triangles of a geometry (``.geo``), or of a mesh (``.msh``), as a text in MSH version 2, or as the mesh has it.

    Parameters
    ----------
    path : path

    Raises
    ------
    PhasefieldError
        No such file, or no text; the geometry has something that is not in :mod:`phasefield.mesh.geometry`; Gmsh is
        needed and not installed, takes too long, needs too much, or finds a fault.
    """
    path = Path(path)
    if not path.is_file():
        raise PhasefieldError(f"the file {path} does not exist", code="unreadable")
    text = _read(path)
    return text if path.suffix == ".msh" else _meshed(path.name, geometry.rewritten(path.name, text))


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            found = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise PhasefieldError(f"{path.name} cannot be read: {error.strerror}", code="unreadable") from None
    if len(found) > MOST_BYTES:
        raise PhasefieldError(f"{path.name} is larger than {MOST_BYTES} bytes", code="limit-passed")
    try:
        return found.decode()
    except UnicodeDecodeError:
        message = f"{path.name} is not a text in UTF-8: a mesh must be saved in ASCII"
        raise PhasefieldError(message, code="unreadable") from None


def _meshed(name: str, commands: str) -> str:
    places, program = find_gmsh()
    if program is None:
        ways = "pip install phasefield-li[mesh], or apt install gmsh"
        raise PhasefieldError(f"{name} needs Gmsh, which is not installed: {ways}")
    with tempfile.TemporaryDirectory() as directory:
        source, mesh = Path(directory) / "geometry.geo", Path(directory) / "mesh.msh"
        source.write_text(commands, encoding="utf-8")
        confine = [sys.executable, "-I", confined.__file__, directory, str(LONGEST)]
        # On one thread, the same geometry gives the same mesh
        command = [*confine, program, str(source), "-2", "-nt", "1", "-format", "msh2", "-o", str(mesh)]
        # A separate home directory, so that options that the user saved in Gmsh have no effect
        own = {"PATH": places, "HOME": directory, "GMSH_HOME": directory, "TMPDIR": directory}
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, errors="replace", cwd=directory, timeout=LONGEST,
                env=os.environ | own, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise PhasefieldError(f"Gmsh took longer than {LONGEST} s to mesh {name}", code="limit-passed") from None
        faults = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("Error")]
        if done.returncode or faults or not mesh.is_file():
            fault = faults[0].replace(str(source), name) if faults else _ending(done)
            code: Code = "limit-passed" if -done.returncode in _AT_A_BOUND else "gmsh-failed"
            raise PhasefieldError(f"Gmsh cannot mesh {name}: {fault}", code=code)
        return _read(mesh)


def _ending(done: subprocess.CompletedProcess[str]) -> str:
    """Reason why Gmsh ended without an error message of its own."""
    if done.returncode >= 0:
        return (done.stderr.strip().splitlines() or [f"it ended with code {done.returncode}"])[-1]
    bounds = f"{LONGEST} s, {confined.MEMORY / 2**30:g} GiB of memory, a file of {confined.LARGEST / 1e6:g} MB"
    return f"{signal.Signals(-done.returncode).name} ended it; its limits are {bounds}: are the triangles too small?"
