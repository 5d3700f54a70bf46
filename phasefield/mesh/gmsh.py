"""Gmsh, from outside: a geometry becomes a text of triangles, in the layout of MSH version 2.

A geometry is a program. It runs in a directory of its own, and one that would start other programs, or read or write
other files, is refused: what comes with a deck must be safe to run, and a run directory holds all that it depends on.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from phasefield.errors import PhasefieldError

#: The longest text that is read, and how long Gmsh may take [byte, s].
MOST_BYTES, LONGEST = 200_000_000, 600
#: Commands that start programs or touch files, options that name such, and messages that go to a file. Sought in
#: comments and texts too: where those end, only Gmsh knows for sure.
_OUTSIDE = re.compile(
    r"\b(?:(?:NonBlocking)?System(?:Call)?|Include|Merge(?:File|WithBoundingBox)?|Open|Save|Print|OnelabRun|ShapeFromFile|Plugin|"
    r"External\w*|Solver|CommandLine|\w*FileName|General\.\w*(?:Path|Directory|Editor|Browser))\b|\bPrintf\b[^;]*>"
)


def find_gmsh() -> tuple[str, str | None]:
    """Where programs are looked for, this interpreter's own directory first; and Gmsh, if it is there."""
    places = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")])
    return places, shutil.which("gmsh", path=places)


def mesh_text(path) -> str:
    """Triangles of a geometry (``.geo``), or of a mesh (``.msh``), as a text in MSH version 2.

    Parameters
    ----------
    path : path

    Raises
    ------
    PhasefieldError
        No such file, or no text; Gmsh is needed and not installed, takes too long, or finds a fault in the file; the
        geometry would touch other files or run programs.
    """
    path = Path(path)
    if not path.is_file():
        raise PhasefieldError(f"the file {path} does not exist")
    text = _read(path)
    return text if path.suffix == ".msh" else _meshed(path.name, text)


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise PhasefieldError(f"{path.name} is larger than {MOST_BYTES} bytes")
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise PhasefieldError(f"{path.name} is not text in UTF-8: save the mesh in ASCII") from None
    except OSError as error:
        raise PhasefieldError(f"{path.name} cannot be read: {error.strerror}") from None


def _meshed(name: str, geometry: str) -> str:
    if found := _OUTSIDE.search(geometry):
        line = geometry.count("\n", 0, found.start()) + 1
        what = f"{name}, line {line}, has {found.group().split('(')[0]!r}"
        raise PhasefieldError(f"{what}: a geometry must not run programs or use files, not even in a comment")
    places, program = find_gmsh()
    if program is None:
        ways = "pip install phasefield-li[mesh], or apt install gmsh"
        raise PhasefieldError(f"{name} needs Gmsh, which is not installed: {ways}")
    with tempfile.TemporaryDirectory() as directory:
        source, mesh = Path(directory) / "geometry.geo", Path(directory) / "mesh.msh"
        source.write_text(geometry, encoding="utf-8")
        # On one thread, the same geometry gives the same mesh
        command = [program, str(source), "-2", "-nt", "1", "-format", "msh2", "-o", str(mesh)]
        environment = os.environ | {"PATH": places}
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, cwd=directory, timeout=LONGEST, env=environment
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise PhasefieldError(f"Gmsh took longer than {LONGEST} s to mesh {name}") from None
        faults = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("Error")]
        if done.returncode or faults or not mesh.exists():
            fault = (faults[0] if faults else done.stderr.strip()).replace(str(source), name)
            raise PhasefieldError(f"Gmsh cannot mesh {name}: {fault}")
        return _read(mesh)
