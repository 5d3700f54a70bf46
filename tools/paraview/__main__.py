"""Debian's ParaView reads every export of three runs at every time, with the right values.

    python -m tools.paraview FOLDER      as root, with mmdebstrap; FOLDER gets Debian 12 with ParaView 5.11 (1 GB), or
                                         is used again; or, as any user, FOLDER = / if `pvpython` is installed
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from phasefield.io.rundir import Run, open_run
from phasefield.postprocess.export import VECTOR, export
from tests.unit.synthetic_run import write_run

SUITE, PACKAGES = "bookworm", "paraview,python3-paraview"
MIRROR = os.environ.get("MIRROR", "http://deb.debian.org/debian")
BOXES = {"line": (40,), "plane": (6, 8), "box": (4, 5, 6)}
FORMATS = ("pvd", "xdmf")


def install(root: Path) -> None:
    """A bare Debian with ParaView, if it is not there yet."""
    if not (root / "usr/bin/pvpython").exists():
        what = ["--variant=minbase", f"--include={PACKAGES}", SUITE]
        subprocess.run(["mmdebstrap", "--quiet", *what, str(root), MIRROR], check=True)


def exported(folder: Path) -> dict[Path, Run]:
    """Files of some runs in one, two and three dimensions, and the runs."""
    found = {}
    for name, cells in BOXES.items():
        run = open_run(write_run(folder / name, cells, (30.0, 20.0, 18.0)[-len(cells) :], snapshots=3, holes=[]))
        found |= {export(run, to, folder / f"{name}_{to}"): run for to in FORMATS}
    return found


def read(root: Path, files: list[Path], folder: Path) -> dict[str, Any]:
    """What pvpython finds in the files, which are inside the root."""
    script = shutil.copy(Path(__file__).with_name("read.py"), folder)
    inside = [str(Path("/") / path.relative_to(root)) for path in (Path(script), *files)]
    command = [*(["chroot", str(root)] if root != Path("/") else []), "pvpython", *inside]
    environment = {"PATH": "/usr/sbin:/usr/bin:/bin", "HOME": "/tmp", "LANG": "C.UTF-8"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        raise SystemExit(f"pvpython failed: {done.stderr or done.stdout}")
    return json.loads(done.stdout.splitlines()[-1])


def wrong(run: Run, steps: list[dict[str, Any]], vector: bool) -> list[str]:
    """What differs from the run, relative to the largest value: 1e-6; times to 1e-9."""
    if not np.allclose([step["time"] for step in steps], run.times, rtol=1e-9):
        return [f"times {[step['time'] for step in steps]} instead of {list(run.times)}"]
    found = []
    for step, snapshot in zip(steps, run.snapshots, strict=True):
        if step["cells"] != np.prod(snapshot.shape):
            found.append(f"{step['cells']} cells at {step['time']} s")
        fields = {name: [values] for name, values in snapshot.fields.items()}
        if vector:
            fields[VECTOR] = [snapshot[f"i{axis}"] for axis in "xyz"[: snapshot.dimension]]
        for name, parts in fields.items():
            for part, shown in zip(parts, step["ranges"].get(name, []), strict=False):
                if np.abs(np.subtract(shown, [part.min(), part.max()])).max() > 1e-6 * np.abs(part).max():
                    found.append(f"{name} at {step['time']} s: {shown} instead of {[part.min(), part.max()]}")
            if name not in step["ranges"]:
                found.append(f"no {name} at {step['time']} s")
    return found


def main() -> None:
    """Install, export, read, compare."""
    root = Path(sys.argv[1]).resolve()
    install(root)
    with tempfile.TemporaryDirectory(dir=root / "tmp") as folder:
        files = exported(Path(folder))
        found = read(root, list(files), Path(folder))
        print(f"ParaView {found['version']}")
        missed = False
        for path, run in files.items():
            steps = found["files"][str(Path("/") / path.relative_to(root))]
            lines = wrong(run, steps, vector=path.suffix == ".pvd")  # XDMF refers to the run, which has components
            missed |= bool(lines)
            print(f"{path.relative_to(folder)}: {len(steps)} times, {'as written' if not lines else '; '.join(lines)}")
    raise SystemExit(missed)


if __name__ == "__main__":
    main()
