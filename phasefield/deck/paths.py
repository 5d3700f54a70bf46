"""Paths of files that a deck or study names; they must lie below its own folder."""

from __future__ import annotations

from pathlib import Path, PurePosixPath


def below(folder: Path, relative: str, of: str) -> Path:
    """The file of a relative path, if it lies under a folder after symbolic links are resolved; it need not exist.

    Parameters
    ----------
    folder : Path
    relative : str
    of : str
        Owner of the folder, for the error.

    Raises
    ------
    ValueError
        The path leads elsewhere.
    """
    written, root = PurePosixPath(relative), folder.resolve()
    if written.is_absolute() or ".." in written.parts or "\\" in relative or "\0" in relative:
        raise ValueError(f"must be a path inside the folder of the {of}, without ..")
    if not (root / relative).resolve().is_relative_to(root):
        raise ValueError(f"is a symbolic link that leads out of the folder of the {of}")
    return folder / relative
