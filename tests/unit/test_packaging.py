"""What an installation that is not editable would hold: setup.cfg finds packages, and names other files one by one."""

from configparser import ConfigParser
from pathlib import Path

from setuptools import find_packages

ROOT = Path(__file__).parents[2]
SETUP = ConfigParser()
SETUP.read(ROOT / "setup.cfg", encoding="utf-8")


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
        for package, pattern in SETUP["options.package_data"].items()
        for path in (ROOT / package.replace(".", "/")).glob(pattern)
    }
    for folder in ("phasefield", "phasefield/postprocess"):
        for path in (ROOT / folder).rglob("*"):
            data = path.is_file() and path.suffix not in (".py", ".pyc")
            assert not data or path in listed, path
