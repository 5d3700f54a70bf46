"""Small runs of every model, one file for each release, which every later version must be able to go on with.

``python -m tests.reliability.releases`` makes the file of this version, once: tests/data/runs-VERSION.tar.xz.
"""

from __future__ import annotations

import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

from phasefield import __version__
from phasefield.parallel import comm
from phasefield.run import runner
from phasefield.run.restart import newest, rewind_files
from tests.reliability.restarts import ALWAYS, MODELS, cut

DATA = Path(__file__).parents[1] / "data"
#: After which they were killed.
STEP = 3
#: What makes the file small: one field in snapshots, one dimension where most cells are.
SMALL = ("output.snapshots=1", "title=Stored")
SMALLER = {
    "interphase": ("domain.dimension=1", "domain.size=['65 nm']", "domain.cells=[27]", "coating="),
}
FIELDS = {"interphase": "psi", "contact": "c", "crack": "d"}


def stored() -> list[Path]:
    """All files that there are."""
    return sorted(DATA.glob("runs-*.tar.xz"))


def unpacked(archive: Path, folder: Path) -> list[Path]:
    """The runs of a file."""
    with tarfile.open(archive) as tar:
        tar.extractall(folder)  # of our own making, so no more care is needed
    return sorted(folder.iterdir())


def make() -> Path:
    """The file of this version."""
    path = DATA / f"runs-{__version__}.tar.xz"
    if path.exists():
        raise FileExistsError(f"{path}: is there already; what a release wrote is never written again")
    with tempfile.TemporaryDirectory() as name, tarfile.open(path, "x:xz", preset=9) as tar:
        folder = Path(name)
        for model, (text, overrides) in MODELS.items():
            (folder / "deck.toml").write_text(text)
            case = model.replace(", ", "-")
            whole = folder / f"whole-{case}"
            fields = f"output.fields=['{FIELDS.get(model.partition(',')[0], 'xi')}']"
            changes = (*overrides, *ALWAYS, *SMALL, fields, *SMALLER.get(model, ()))
            runner.run(folder / "deck.toml", whole, overrides=changes)
            run = cut(whole, STEP, folder / case)
            rewind_files(run, newest(run, comm()), comm())
            for name in ("equations.txt", "run.log", "run.lock"):
                (run / name).unlink()
            for entry in (run / "checkpoints").iterdir():
                if int(entry.name) < STEP:
                    shutil.rmtree(entry)
            tar.add(run, case, filter=_nobody)
    return path


def _nobody(info: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without who made it."""
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    return info


if __name__ == "__main__":
    sys.exit(print(make()))
