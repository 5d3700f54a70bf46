"""What an installation that is not editable would hold: setup.cfg names packages and files one by one."""

from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).parents[2]
SETUP = ConfigParser()
SETUP.read(ROOT / "setup.cfg", encoding="utf-8")


def test_all_packages_are_listed():
    folders = {
        init.parent.relative_to(ROOT).as_posix().replace("/", ".") for init in ROOT.glob("phasefield/**/__init__.py")
    }
    assert set(SETUP["options"]["packages"].split()) == folders | {"phasefield.postprocess"}


def test_all_files_of_data_are_listed():
    listed = {
        path
        for package, pattern in SETUP["options.package_data"].items()
        for path in (ROOT / package.replace(".", "/").replace("phasefield/postprocess", "postprocess")).glob(pattern)
    }
    for folder in ("phasefield", "postprocess"):
        for path in (ROOT / folder).rglob("*"):
            data = path.is_file() and path.suffix not in (".py", ".pyc")
            assert not data or path in listed, path
