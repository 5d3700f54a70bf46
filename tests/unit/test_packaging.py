"""What an installation that is not editable would hold: setup.cfg finds packages, and names other files one by one."""

import re
import shutil
import subprocess
import sys
import tarfile
from configparser import ConfigParser
from pathlib import Path
from zipfile import ZipFile

import pytest
from setuptools import find_packages

from phasefield import __version__

ROOT = Path(__file__).parents[2]
SETUP = ConfigParser()
SETUP.read(ROOT / "setup.cfg", encoding="utf-8")
DECKS = {path.relative_to(ROOT / "inputs").as_posix() for path in (ROOT / "inputs").rglob("*.toml")}


def test_all_packages_are_found():
    """Each folder of modules is a package, also the one that is a link: `find:` passes over what has no __init__.py."""
    found = set(find_packages(ROOT, include=SETUP["options.packages.find"]["include"].split()))
    folders = {path.parent.relative_to(ROOT) for top in ("phasefield", "phasefield/postprocess")
               for path in (ROOT / top).rglob("*.py")}  # fmt: skip
    assert found == {folder.as_posix().replace("/", ".") for folder in folders}
    assert "phasefield.postprocess" in found


def test_all_files_of_data_are_listed():
    listed = {
        path
        for package, patterns in SETUP["options.package_data"].items()
        for pattern in patterns.split()
        for path in (ROOT / package.replace(".", "/")).glob(pattern)
    }
    documents = {".py", ".pyc", ".md", ".json"}  # the last two of inputs/
    for folder in ("phasefield", "phasefield/postprocess", "phasefield/examples"):
        for path in (ROOT / folder).rglob("*"):
            data = path.is_file() and path.suffix not in documents
            assert not data or path in listed, path


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A source distribution made from a copy of the repository, and a wheel made from that: names of their files."""
    folder = tmp_path_factory.mktemp("build")
    skipped = shutil.ignore_patterns(".*", "runs", "build", "*.egg-info", "__pycache__")
    shutil.copytree(ROOT, folder / "clone", symlinks=True, ignore=skipped)
    source = folder / _build("sdist", folder / "clone", folder)
    with tarfile.open(source) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    shutil.unpack_archive(source, folder)
    wheel = folder / _build("wheel", folder / source.name.removesuffix(".tar.gz"), folder)
    return inside, set(ZipFile(wheel).namelist())


def _build(kind, source, folder):
    program = f"from setuptools.build_meta import build_{kind}; print(build_{kind}({str(folder)!r}))"
    done = subprocess.run([sys.executable, "-c", program], cwd=source, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


def test_the_wheel_has_all_decks(built):
    """Those of inputs/, for `phasefield new` and `phasefield examples`; scripts of `phasefield verify`; the rest."""
    _, wheel = built
    assert {f"phasefield/examples/{deck}" for deck in DECKS} <= wheel
    assert "phasefield/examples/curved_electrode.geo" in wheel
    scripts = {path.name for path in (ROOT / "docs" / "examples").glob("*.py")}
    assert scripts and {f"phasefield/verify/examples/{script}" for script in scripts} <= wheel
    for name in ("units/units.txt", "materials/Li.toml", "postprocess/render.py", "postprocess/study_report.html"):
        assert f"phasefield/{name}" in wheel
    assert not [name for name in wheel if name.startswith(("tests/", "inputs/", "docs/"))]


def test_the_source_distribution_is_complete(built):
    """What is in the repository beside the package, too."""
    source, _ = built
    assert {f"inputs/{deck}" for deck in DECKS} <= source
    kinds = ("docs", "**/*.md"), ("docs", "**/*.png"), ("mpi_runs", "*"), ("tests", "**/*.py"), ("containers", "*")
    for folder, pattern in kinds:
        found = {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).glob(pattern) if path.is_file()}
        assert found and found <= source
    assert {"CHANGELOG.md", "CITATION.cff", "LICENSE", "README.md", "Makefile", "tools/setup.sh"} <= source


def required(lines):
    """Names and bounds of requirements, spaces taken out; conda has other names for some."""
    names = {"SALib": "salib", "matplotlib": "matplotlib-base"}
    found = (re.fullmatch(r"([\w-]+)(.*)", line.replace(" ", "")) for line in lines)
    return {names.get(match[1], match[1]): match[2] for match in found}


def test_the_recipe_for_conda_is_that_of_pip():
    """The same requirements, and PETSc, which pip does not install; the same command; this version."""
    recipe = (ROOT / "containers" / "conda" / "recipe.yaml").read_text(encoding="utf-8")
    run = re.search(r"  run:\n((?:    - .*\n)+)", recipe)[1]
    conda = required(line.removeprefix("    - ") for line in run.splitlines())
    pip = required(line for line in SETUP["options"]["install_requires"].strip().splitlines() if line[0] != "#")
    assert {"python", "petsc", "petsc4py"} == set(conda) - set(pip)
    assert conda["petsc"].endswith("real*") and {name: conda[name] for name in pip} == pip
    assert conda["python"] == SETUP["options"]["python_requires"]
    assert SETUP["options.entry_points"]["console_scripts"].strip() in recipe
    assert f'version: "{__version__}"' in recipe
    cited = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {__version__}\n" in cited and SETUP["metadata"]["license"] in cited
