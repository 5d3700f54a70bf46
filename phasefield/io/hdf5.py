"""HDF5 files of a run: opened by their descriptor, and read only if all of their content is in them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

from phasefield.io.safe import DESCRIPTORS, descriptor

if TYPE_CHECKING:
    import h5py

#: Size of data chunks that is always allowed, whatever the size of the file [byte].
SMALLEST = 1 << 16


@contextmanager
def opened(path: Path, mode: str, **options) -> Iterator[h5py.File]:
    """Open an HDF5 file that is self-contained.

    Parameters
    ----------
    path : Path
    mode : {"r", "r+", "w"}
    options
        Options of `h5py.File`.

    Raises
    ------
    OSError
        It cannot be opened, is not an HDF5 file, or has links to other files or data in them.
    """
    import h5py

    flags = {"r": os.O_RDONLY, "r+": os.O_RDWR, "w": os.O_RDWR | os.O_CREAT}[mode]
    number = descriptor(path, flags)
    try:
        name = str(DESCRIPTORS / str(number)) if DESCRIPTORS.is_dir() else str(path)
        with h5py.File(name, mode, **options) as file:
            try:
                require_self_contained(file)
            except (LookupError, ValueError, TypeError, RuntimeError) as error:
                raise OSError(0, f"damaged ({error})", str(path)) from None
            yield file
    finally:
        os.close(number)


def require_self_contained(file: h5py.Group) -> None:
    """Raise OSError if a file has links, external or virtual data, named types or incomplete data."""
    import h5py

    waiting, seen, most = [file], {h5py.h5o.get_info(file.id).addr}, file.file.id.get_filesize()
    while waiting:
        group = waiting.pop()
        for name in group:
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise OSError(0, f"{group.name.rstrip('/')}/{name} is a link to elsewhere, which no run writes")
            found = group[name]
            if isinstance(found, h5py.Group):
                address = h5py.h5o.get_info(found.id).addr
                if address in seen:
                    raise OSError(0, f"{found.name} is a group in itself, which no run writes")
                seen.add(address)
                waiting.append(found)
            elif not isinstance(found, h5py.Dataset) or found.is_virtual or found.external:
                raise OSError(0, f"{found.name} is not in this file, which no run writes")
            else:
                _require_whole(found, most)


def _require_whole(data: h5py.Dataset, most: int) -> None:
    """Raise OSError unless a file of `most` bytes can hold all announced numbers: HDF5 would fill in missing ones."""
    size = data.size * data.dtype.itemsize if data.shape is not None else 0
    chunk = prod(data.chunks) * data.dtype.itemsize if data.chunks else 0
    if data.dtype.kind not in "fiu" or data.id.get_create_plist().get_nfilters():
        raise OSError(0, f"{data.name} is no plain list of numbers, which no run writes")
    if size > min(most, data.id.get_storage_size()) or chunk > max(most, SMALLEST):
        raise OSError(0, f"{data.name} has lost some of its numbers")
