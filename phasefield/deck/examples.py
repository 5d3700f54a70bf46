"""The decks that come with the program: ``inputs/`` of the repository, ``phasefield/examples`` when installed."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from phasefield.errors import RunError
from phasefield.physics import registry

FOLDER = Path(__file__).parents[1] / "examples"
STUDY = ".study"
#: Decks to start from, which one core runs in less than a minute: a deck for each model, and for some common cases.
STARTS = {
    "plating": "plating_uncoated",
    "coated": "plating_coated",
    "salt": "plating_binary",
    "cycles": "plating_cc_cv",
    "anode-free": "anode_free_film",
    "interphase": "interphase_coated",
    "plating-interphase": "flagship_coated",
    "contact": "contact_point",
    "wetting": "wetting_lithiophilic",
    "crack": "crack_llzo",
    "voids": "void_cycle",
}


@dataclass(frozen=True)
class Example:
    """A deck or study deck that comes with the program.

    Attributes
    ----------
    name : str
        Path below ``inputs/``, without ``.toml``; ``name.study`` of a study.
    """

    name: str

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.name}.toml"

    @property
    def text(self) -> str:
        """The deck as it is written."""
        return self.path.read_text(encoding="utf-8")

    @property
    def title(self) -> str:
        return str(self._keys.get("title", ""))

    @property
    def kind(self) -> str:
        """Model and dimension of a deck; the base deck of a study."""
        if base := self._keys.get("base"):
            return f"study of {Path(base).stem}"
        return f"{self._keys.get('model', registry.DEFAULT)}, {self._keys['domain'].get('dimension', 2)}-D"

    @property
    def companions(self) -> Iterator[Path]:
        """Other files without which it cannot be used: the base deck of a study, the geometry of a mesh."""
        if base := self._keys.get("base"):
            yield self.path.parent / base
            yield from Example(Path(base).stem).companions
        if mesh := self._keys.get("domain", {}).get("mesh"):
            yield self.path.parent / mesh

    @property
    def _keys(self) -> Mapping[str, Any]:
        return tomllib.loads(self.text)


def examples() -> list[Example]:
    """All of them, those of literature systems last."""
    paths = sorted(FOLDER.rglob("*.toml"), key=lambda path: (len(path.parts), path))
    return [Example(path.relative_to(FOLDER).with_suffix("").as_posix()) for path in paths]


def named(name: str) -> Example:
    """The example of a name; the ending ``.toml`` and the folder may be left out.

    Raises
    ------
    RunError
        There is no such example.
    """
    short = name.removesuffix(".toml")
    found = [example for example in examples() if short in (example.name, Path(example.name).name)]
    if not found:
        _unknown("example", short, [example.name for example in examples()], "phasefield examples")
    return found[0]


def start(kind: str) -> Example:
    """The example to start from for a kind of deck; errors as of `named`."""
    if kind not in STARTS:
        _unknown("kind of deck", kind, STARTS, "phasefield new")
    return named(STARTS[kind])


def _unknown(what: str, name: str, known: Iterable[str], command: str) -> None:
    near = get_close_matches(name, list(known), n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"`{command}` lists all"
    raise RunError(f"there is no {what} '{name}'; {hint}", code="unknown-name")


def write_start(kind: str, path: Path) -> Path:
    """Write a new deck to start from.

    Parameters
    ----------
    kind : str
        One of `STARTS`.
    path : Path
        New file; its folder must exist.

    Raises
    ------
    RunError
        There is no such kind, the file exists already, or it cannot be written.
    """
    example = start(kind)
    head = f"# From the example {example.name}.toml. `phasefield check` and `phasefield run` take this file.\n#\n"
    return _write({path: (head + example.text).encode()})[0]


def copy(chosen: Iterable[Example], folder: Path) -> list[Path]:
    """Copy examples, with the files that they need, into a folder, which is made if it is missing.

    Returns
    -------
    list of Path
        The new files.

    Raises
    ------
    RunError
        A file exists already or cannot be written; then none is written.
    """
    sources = dict.fromkeys(path for example in chosen for path in (example.path, *example.companions))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"{folder}: cannot be made ({error.strerror or error})", code="unwritable") from None
    return _write({folder / source.name: source.read_bytes() for source in sources})


def _write(files: Mapping[Path, bytes]) -> list[Path]:
    """Write new files; an existing one, and a symbolic link, is never written to."""
    if there := [path for path in files if path.exists() or path.is_symlink()]:
        raise RunError(f"{there[0]}: exists already; nothing was written", code="file-exists")
    for path, content in files.items():
        try:
            with open(path, "xb") as file:
                file.write(content)
        except OSError as error:
            raise RunError(f"{path}: cannot be written ({error.strerror or error})", code="unwritable") from None
    return list(files)
